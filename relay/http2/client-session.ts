import type { OutgoingHttpHeaders } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { asClientStream, type ClientStream } from './client-stream.ts';
import { ConnectionError, errorCode } from './errors.ts';
import { createFrameWriter } from './frame-writer.ts';
import { CLIENT_PREFACE, frameType } from './frames.ts';
import { createIncoming } from './incoming.ts';
import { createNuisance } from './nuisance.ts';
import { createPings } from './pings.ts';
import type { Receiver, RequestStream } from './request-stream.ts';
import type { FieldLimits } from './response-fields.ts';
import { encodeSettings } from './settings.ts';
import { createStreamTable } from './stream-table.ts';

/** What carries a session: a TLS socket, as a rule. */
export type Connection = Duplex & Pick<Socket, 'destroySoon'>;

export interface ClientSessionOptions {
  /** Window of a stream at first, and up to which it grows while its reader keeps up, octets. */
  readonly firstWindow: number;
  readonly streamWindow: number;
  /** Window of all streams together, octets. */
  readonly sessionWindow: number;
  readonly fields: FieldLimits;
  /** A receiver has thrown; the session ends. */
  readonly onDefect: (error: unknown) => void;
}

/** The client's end of an HTTP/2 connection (RFC 9113): it opens streams, the peer answers. */
export interface ClientSession {
  /** It takes no new stream: one side has said GOAWAY, the identifiers are used up, or it is destroyed. */
  readonly closed: boolean;
  readonly destroyed: boolean;
  /** Streams that are not over. */
  readonly openStreams: number;
  /**
   * Sends a request, whose answer `receiver` gets. A stream beyond what the peer allows at once waits for its turn. Throws
   * when the session is closed or a field cannot be written.
   */
  open(fields: OutgoingHttpHeaders, endStream: boolean, receiver: Receiver): RequestStream;
  /** The same as a stream of Node's, at some cost. */
  request(fields: OutgoingHttpHeaders, endStream: boolean): ClientStream;
  /**
   * Asks for life (RFC 9113 §6.7); calls back with the round trip in milliseconds, or with `alive` false. False when it
   * cannot be asked.
   */
  ping(answered: (alive: boolean, roundTrip: number | null) => void): boolean;
  /** Says GOAWAY, lets the open streams finish, then ends the connection. */
  close(): void;
  /** The connection has ended; called once, at once when it has already. */
  onClose(listener: () => void): void;
}

/** How long the last frames may take to leave, milliseconds. */
const FLUSH_MS = 250;

/**
 * Takes a connection whose handshake is done. A peer that breaks the protocol or floods loses the connection, and all its
 * streams with it; nothing of that is thrown.
 */
export function startClientSession(
  socket: Connection,
  options: ClientSessionOptions,
): ClientSession {
  const listeners: (() => void)[] = [];
  const writer = createFrameWriter(socket);
  const pings = createPings(writer);
  const nuisance = createNuisance(writer);
  let closed = false;
  let destroyed = false;
  let finishing = false;

  const finish = (): void => {
    if (finishing) return;
    finishing = true;
    writer.flush();
    socket.destroySoon();
    const timer = setTimeout(() => socket.destroy(), FLUSH_MS);
    timer.unref();
    socket.once('close', () => clearTimeout(timer));
  };
  const finishIfIdle = (): void => {
    if (closed && !destroyed && table.size === 0) finish();
  };
  const close = (): void => {
    if (destroyed) return;
    if (!closed) writer.frame(frameType.GOAWAY, 0, 0, goaway(errorCode.NO_ERROR));
    closed = true;
    // A peer takes nothing new behind a GOAWAY, its own or ours: node:http2's answers ours with its own at once.
    table.refuseWaiting();
    finishIfIdle();
  };
  const table = createStreamTable(writer, {
    ...options,
    onIdle: () => {
      if (table.usedUp) close();
      finishIfIdle();
    },
  });
  const incoming = createIncoming({
    writer,
    table,
    pings,
    nuisance,
    fields: options.fields,
    onGoaway: () => {
      closed = true;
      // Once the streams are gone that it still answers.
      setImmediate(finishIfIdle);
    },
  });
  const tearDown = (): void => {
    if (destroyed) return;
    destroyed = true;
    closed = true;
    table.loseAll();
    for (const listener of [() => pings.fail(), ...listeners.splice(0)]) {
      try {
        listener();
      } catch (error) {
        options.onDefect(error);
      }
    }
  };
  const fail = (code: number): void => {
    if (destroyed) return;
    writer.frame(frameType.GOAWAY, 0, 0, goaway(code));
    finish();
    tearDown();
  };

  const guarded = (run: () => void): void => {
    if (destroyed) return;
    try {
      run();
    } catch (error) {
      if (!(error instanceof ConnectionError)) options.onDefect(error);
      fail(error instanceof ConnectionError ? error.code : errorCode.INTERNAL_ERROR);
    }
  };

  socket.on('data', (chunk: Buffer) => guarded(() => incoming(chunk)));
  socket.on('drain', () => guarded(table.flow.resume));
  // Nothing more can be answered; a peer that does not read either is not waited for.
  socket.on('end', () => {
    tearDown();
    finish();
  });
  socket.on('error', () => socket.destroy());
  socket.once('close', tearDown);
  if (socket.closed) setImmediate(tearDown);

  socket.write(CLIENT_PREFACE);
  writer.frame(frameType.SETTINGS, 0, 0, encodeSettings(options));
  table.flow.open();

  const open = (
    fields: OutgoingHttpHeaders,
    endStream: boolean,
    receiver: Receiver,
  ): RequestStream => {
    if (closed) throw new Error('the session is closed');
    nuisance.requested();
    return table.open(fields, endStream, receiver);
  };
  return {
    get closed() {
      return closed;
    },
    get destroyed() {
      return destroyed;
    },
    get openStreams() {
      return table.size;
    },
    open,
    request: (fields, endStream) =>
      asClientStream((receiver) => open(fields, endStream, receiver), endStream),
    ping: (answered) => !destroyed && pings.ask(answered),
    close,
    onClose: (listener) => {
      if (destroyed) listener();
      else listeners.push(listener);
    },
  };
}

function goaway(code: number): Buffer {
  const payload = Buffer.alloc(8);
  payload.writeUInt32BE(code, 4);
  return payload;
}
