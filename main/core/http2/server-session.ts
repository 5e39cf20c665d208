import type { IncomingHttpHeaders } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ConnectionError, errorCode } from '../../../common/http2/errors.ts';
import { noPseudoFields, readFields, type FieldLimits } from '../../../common/http2/fields.ts';
import { createFrameWriter } from '../../../common/http2/frame-writer.ts';
import { CLIENT_PREFACE, frameType, setting } from '../../../common/http2/frames.ts';
import { createHeadReader } from '../../../common/http2/head-reader.ts';
import { createIncoming } from '../../../common/http2/incoming.ts';
import { createNuisance } from '../../../common/http2/nuisance.ts';
import { createPings } from '../../../common/http2/pings.ts';
import { createSessionLife } from '../../../common/http2/session-life.ts';
import { encodeSettings } from '../../../common/http2/settings.ts';
import type { TunnelStream } from '../../../gateway/types.ts';
import { requestPseudoFields } from './request-fields.ts';
import { createRequests } from './requests.ts';
import { nodeRuntime } from './runtime.ts';
import type { ServerStream } from './server-stream.ts';
import { createServerTable } from './server-table.ts';

/** What carries a session: a TLS socket, as a rule. */
export type Connection = Duplex & Pick<Socket, 'destroySoon'>;

export interface ServerSessionOptions {
  /** Window of a stream, octets. */
  readonly streamWindow: number;
  /** Window of all streams together, octets; no more of them is held for readers that stop. */
  readonly sessionWindow: number;
  /** Streams at once; further ones are refused. */
  readonly maxStreams: number;
  readonly fields: FieldLimits;
  /** A request. Called while the connection is being read. */
  readonly onStream: (stream: TunnelStream, headers: IncomingHttpHeaders) => void;
  /** Something that was called has thrown; the session ends. */
  readonly onDefect: (error: unknown) => void;
}

/** The server's end of an HTTP/2 connection (RFC 9113): the peer opens streams, we answer. */
export interface ServerSession {
  /** It takes no new stream: one side has said GOAWAY, or it is destroyed. */
  readonly closed: boolean;
  readonly destroyed: boolean;
  /** Streams that are not over. */
  readonly openStreams: number;
  /**
   * Asks for life (RFC 9113 §6.7); calls back with the round trip in milliseconds, or with `alive` false. False when it
   * cannot be asked.
   */
  ping(answered: (alive: boolean, roundTrip: number | null) => void): boolean;
  /** Says GOAWAY, refuses what comes behind it, lets the open streams finish, then ends the connection. */
  close(): void;
  /** Ends the connection and all its streams at once. */
  destroy(): void;
}

/** Streams that a peer may reset in a second, besides one for each that it lets end: their public ends break off by themselves. */
const RESETS_PER_SECOND = 10_000;

/**
 * Takes a connection whose handshake is done. A peer that breaks the protocol or floods loses the connection, and all its
 * streams with it; nothing of that is thrown.
 */
export function startServerSession(
  socket: Connection,
  options: ServerSessionOptions,
): ServerSession {
  const { fields } = options;
  const writer = createFrameWriter(nodeRuntime, socket);
  const pings = createPings(writer, nodeRuntime.now);
  const nuisance = createNuisance(writer, nodeRuntime.now);
  const resets = createNuisance(writer, nodeRuntime.now, RESETS_PER_SECOND);
  const life = createSessionLife<Buffer>({
    ...{ runtime: nodeRuntime, writer, carrier: socket, onDefect: options.onDefect },
    lastTaken: () => table.last,
    onEnd: [() => table.loseAll(), () => pings.fail()],
  });

  const finishIfIdle = (): void => {
    if (life.closed && !life.destroyed && table.size === 0) life.finish();
  };
  const close = (): void => {
    if (life.destroyed) return;
    life.close(table.last);
    finishIfIdle();
  };
  const table = createServerTable(writer, {
    ...options,
    isClosed: () => life.closed,
    onForget: (inOrder) => {
      if (inOrder) nuisance.requested();
      finishIfIdle();
    },
  });
  const messages = createRequests({ table, resets, onStream: options.onStream });
  const heads = createHeadReader(nodeRuntime, fields, {
    open: (id) => readFields(table.isNew(id) ? requestPseudoFields : noPseudoFields, fields),
    onHead: (id, head, endStream) => {
      if (table.isNew(id)) {
        messages.begin(id, head, endStream);
        return;
      }
      const stream = incoming.findOrCount(id);
      if (stream !== undefined) messages.trailers(stream, head, endStream);
    },
  });
  const incoming = createIncoming<Buffer, ServerStream>({
    ...{ runtime: nodeRuntime, writer, table, pings, nuisance, heads, messages },
    find: table.find,
    peer: 'client',
    // It opens nothing any more; what is under way is answered.
    onGoaway: close,
  });

  let prefaceLeft = CLIENT_PREFACE;
  const take = (chunk: Buffer): void => {
    if (prefaceLeft === '') {
      incoming.take(chunk);
      return;
    }
    const begin = chunk.toString('latin1', 0, prefaceLeft.length);
    if (!prefaceLeft.startsWith(begin)) {
      throw new ConnectionError(errorCode.PROTOCOL_ERROR, 'no preface');
    }
    prefaceLeft = prefaceLeft.slice(begin.length);
    if (prefaceLeft === '') incoming.take(chunk.subarray(begin.length));
  };

  life.read(take, table.flow.resume);

  const settings = encodeSettings([
    [setting.MAX_CONCURRENT_STREAMS, options.maxStreams],
    [setting.INITIAL_WINDOW_SIZE, options.streamWindow],
    [setting.MAX_HEADER_LIST_SIZE, fields.bytes],
  ]);
  writer.frame(frameType.SETTINGS, 0, 0, settings);
  table.flow.open();

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
    ping: (answered) => !life.destroyed && pings.ask(answered),
    close,
    destroy: () => {
      life.tearDown();
      socket.destroy();
    },
  };
}
