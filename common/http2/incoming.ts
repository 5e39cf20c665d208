import { ConnectionError, errorCode } from './errors.ts';
import { createFrameReader } from './frame-reader.ts';
import type { FrameWriter } from './frame-writer.ts';
import { flag, frameType } from './frames.ts';
import { interrupted, type HeadReader } from './head-reader.ts';
import type { Nuisance } from './nuisance.ts';
import { NOTHING, readUint32, type Octets, type Runtime } from './octets.ts';
import type { Pings } from './pings.ts';
import { readSettings } from './settings.ts';
import type { Stream } from './stream.ts';
import type { StreamTable } from './stream-table.ts';

/** What comes on a stream, read as a message (RFC 9113 §8.1). A malformed one breaks off its stream and nothing else (§8.1.1). */
export interface Messages<B, S> {
  /** A DATA frame begins. */
  readonly data: (stream: S) => void;
  /** A piece of its payload; false when it was not passed on. */
  readonly piece: (stream: S, piece: B) => boolean;
  /** The peer has ended its side. */
  readonly end: (stream: S) => void;
  /** The peer has reset the stream. */
  readonly reset: (stream: S, code: number) => void;
}

export interface IncomingDeps<B extends Octets<B>, S extends Stream<B>> {
  readonly runtime: Runtime<B>;
  readonly writer: FrameWriter<B>;
  readonly table: Pick<StreamTable<B, S>, 'flow' | 'peer' | 'applySettings'>;
  /** Undefined for one that is over. Throws `ConnectionError` for one that was never opened. */
  readonly find: (streamId: number) => S | undefined;
  readonly pings: Pings;
  readonly nuisance: Nuisance;
  readonly heads: HeadReader<B>;
  readonly messages: Messages<B, S>;
  readonly peer: 'client' | 'server';
  /** The peer takes no new stream above that one (RFC 9113 §6.8). */
  readonly onGoaway: (last: number) => void;
}

/** WINDOW_UPDATE by less moves next to nothing, octets. */
const LITTLE = 1_024;

/** What comes of a connection, read, judged and given to the streams. */
export interface Incoming<B, S> {
  /** Takes what the connection gave. Throws `ConnectionError`. */
  readonly take: (chunk: B) => void;
  /** The stream got something of what is being read. */
  readonly touch: (stream: S) => void;
  /** A stream; where it is over, what came for it counts: it was on its way when we broke it off, but not for ever. */
  readonly findOrCount: (streamId: number) => S | undefined;
}

export function createIncoming<B extends Octets<B>, S extends Stream<B>>(
  deps: IncomingDeps<B, S>,
): Incoming<B, S> {
  const { writer, table, find, heads, messages, pings, nuisance } = deps;
  const { flow } = table;
  const touched: S[] = [];
  let greeted = false;

  const touch = (stream: S): void => {
    if (touched.at(-1) !== stream) touched.push(stream);
  };
  const findOrCount = (id: number): S | undefined => {
    const stream = find(id);
    if (stream === undefined) nuisance.count();
    return stream;
  };

  const reader = createFrameReader(deps.runtime, {
    onData: (id, size, isIdle) => {
      if (!greeted) throw notGreeted();
      if (heads.isOpen) throw interrupted();
      if (isIdle) nuisance.count();
      const stream = find(id);
      flow.received(stream, size);
      if (stream !== undefined) messages.data(stream);
    },
    onPayload: (id, piece) => {
      const stream = find(id);
      if (stream !== undefined && messages.piece(stream, piece)) touch(stream);
    },
    onDataEnd: (id, endStream) => {
      const stream = find(id);
      if (stream === undefined) return;
      if (endStream) messages.end(stream);
      else flow.consumed(stream);
    },
    onFrame: (type, flags, id, payload) => {
      // RFC 9113 §3.4: its SETTINGS come first.
      greeted ||= type === frameType.SETTINGS && (flags & flag.ACK) === 0;
      if (!greeted) throw notGreeted();
      if (heads.take(type, flags, id, payload)) return;
      switch (type) {
        case frameType.RST_STREAM:
          takeReset(id, payload);
          return;
        case frameType.SETTINGS:
          takeSettings(flags, id, payload);
          return;
        case frameType.PING:
          nuisance.count();
          pings.take(flags, id, payload);
          return;
        case frameType.GOAWAY:
          takeGoaway(id, payload);
          return;
        case frameType.WINDOW_UPDATE:
          takeWindow(id, payload);
          return;
        case frameType.PRIORITY:
          takePriority(id, payload);
          return;
        case frameType.PUSH_PROMISE:
          // RFC 9113 §8.4: no client sends it, and we have switched it off.
          throw new ConnectionError(errorCode.PROTOCOL_ERROR, 'push');
        default:
          nuisance.count();
      }
    },
  });

  const takeReset = (id: number, payload: B): void => {
    if (payload.length !== 4) throw new ConnectionError(errorCode.FRAME_SIZE_ERROR, 'reset');
    const stream = findOrCount(id);
    if (stream !== undefined) messages.reset(stream, readUint32(payload, 0));
  };
  const takeSettings = (flags: number, id: number, payload: B): void => {
    nuisance.count();
    const next = readSettings(deps.peer, flags, id, payload, table.peer);
    if (next === null) return;
    writer.frame(frameType.SETTINGS, flag.ACK, 0, NOTHING);
    table.applySettings(next);
  };
  const takeGoaway = (id: number, payload: B): void => {
    nuisance.count();
    if (id !== 0) throw new ConnectionError(errorCode.PROTOCOL_ERROR, 'goaway');
    if (payload.length < 8) throw new ConnectionError(errorCode.FRAME_SIZE_ERROR, 'goaway');
    deps.onGoaway(readUint32(payload, 0) & 0x7fffffff);
  };
  const takeWindow = (id: number, payload: B): void => {
    if (payload.length !== 4) throw new ConnectionError(errorCode.FRAME_SIZE_ERROR, 'window');
    const increment = readUint32(payload, 0) & 0x7fffffff;
    if (increment < LITTLE) nuisance.count();
    const stream = id === 0 ? null : findOrCount(id);
    if (stream !== undefined) flow.update(stream, increment);
  };
  /** RFC 9113 §5.3.2: it says nothing any more, but has to be well-formed. */
  const takePriority = (id: number, payload: B): void => {
    nuisance.count();
    if (id === 0) throw new ConnectionError(errorCode.PROTOCOL_ERROR, 'priority');
    if (payload.length !== 5) find(id)?.reset(errorCode.FRAME_SIZE_ERROR);
  };

  return {
    take: (chunk) => {
      reader.push(chunk);
      for (const stream of touched.splice(0)) if (!stream.remoteEnded) stream.lull();
    },
    touch,
    findOrCount,
  };
}

function notGreeted(): ConnectionError {
  return new ConnectionError(errorCode.PROTOCOL_ERROR, 'no settings');
}
