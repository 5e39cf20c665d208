import type { OutgoingHttpHeaders } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FieldLimits } from '../../common/http2/fields.ts';
import { noPseudoFields, readFields } from '../../common/http2/fields.ts';
import { createFrameWriter } from '../../common/http2/frame-writer.ts';
import { CLIENT_PREFACE, frameType, setting } from '../../common/http2/frames.ts';
import { createHeadReader } from '../../common/http2/head-reader.ts';
import { createIncoming } from '../../common/http2/incoming.ts';
import { createNuisance } from '../../common/http2/nuisance.ts';
import { createPings } from '../../common/http2/pings.ts';
import { createSessionLife } from '../../common/http2/session-life.ts';
import { encodeSettings } from '../../common/http2/settings.ts';
import { createAnswers } from './answers.ts';
import { asClientStream, type ClientStream } from './client-stream.ts';
import type { Receiver, RequestStream } from './request-stream.ts';
import { responsePseudoFields } from './response-fields.ts';
import { nodeRuntime } from './runtime.ts';
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

/**
 * Takes a connection whose handshake is done. A peer that breaks the protocol or floods loses the connection, and all its
 * streams with it; nothing of that is thrown.
 */
export function startClientSession(
  socket: Connection,
  options: ClientSessionOptions,
): ClientSession {
  const writer = createFrameWriter(nodeRuntime, socket);
  const pings = createPings(writer, nodeRuntime.now);
  const nuisance = createNuisance(writer, nodeRuntime.now);
  const life = createSessionLife<Buffer>({
    ...{ runtime: nodeRuntime, writer, carrier: socket, onDefect: options.onDefect },
    lastTaken: () => 0,
    onEnd: [() => table.loseAll(), () => pings.fail()],
  });

  const finishIfIdle = (): void => {
    if (life.closed && !life.destroyed && table.size === 0) life.finish();
  };
  const close = (): void => {
    if (life.destroyed) return;
    life.close(0);
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
  const messages = createAnswers({
    nuisance,
    onEnd: table.forgetIfOver,
    lose: table.lose,
  });
  const heads = createHeadReader(nodeRuntime, options.fields, {
    open: (id) => {
      const isTrailer = table.find(id)?.answered === true;
      return readFields(isTrailer ? noPseudoFields : responsePseudoFields, options.fields);
    },
    onHead: (id, fields, endStream) => {
      const stream = incoming.findOrCount(id);
      if (stream === undefined) return;
      messages.head(stream, fields, endStream);
      incoming.touch(stream);
    },
  });
  const incoming = createIncoming<Buffer, RequestStream>({
    ...{ runtime: nodeRuntime, writer, table, pings, nuisance, heads, messages },
    find: table.find,
    peer: 'server',
    onGoaway: (last) => {
      life.leave();
      // Once the streams are gone that it still answers.
      setImmediate(finishIfIdle);
      table.refuseAbove(last);
    },
  });

  life.read(incoming.take, table.flow.resume);

  socket.write(Buffer.from(CLIENT_PREFACE, 'latin1'));
  const settings = encodeSettings([
    [setting.ENABLE_PUSH, 0],
    [setting.INITIAL_WINDOW_SIZE, options.firstWindow],
    [setting.MAX_HEADER_LIST_SIZE, options.fields.bytes],
  ]);
  writer.frame(frameType.SETTINGS, 0, 0, settings);
  table.flow.open();

  const open = (
    fields: OutgoingHttpHeaders,
    endStream: boolean,
    receiver: Receiver,
  ): RequestStream => {
    if (life.closed) throw new Error('the session is closed');
    nuisance.requested();
    return table.open(fields, endStream, receiver);
  };
  return {
    get closed() {
      return life.closed;
    },
    get destroyed() {
      return life.destroyed;
    },
    get openStreams() {
      return table.size;
    },
    open,
    request: (fields, endStream) =>
      asClientStream((receiver) => open(fields, endStream, receiver), endStream),
    ping: (answered) => !life.destroyed && pings.ask(answered),
    close,
    onClose: life.onClose,
  };
}
