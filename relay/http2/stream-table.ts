import type { OutgoingHttpHeaders } from 'node:http2';
import { ConnectionError, errorCode } from './errors.ts';
import { createFlow, type Flow, type FlowWindows } from './flow.ts';
import type { FrameWriter } from './frame-writer.ts';
import { frameType } from './frames.ts';
import { createHpackEncoder } from './hpack-encoder.ts';
import { encodeFields, listRequestFields, type FieldList } from './request-fields.ts';
import { RequestStream, type Receiver, type StreamHost } from './request-stream.ts';
import { initialPeerSettings, type PeerSettings } from './settings.ts';
import { StreamIndex } from './stream-index.ts';

/** Streams are numbered up to 2³¹ − 1 (RFC 9113 §5.1.1). */
const LAST_STREAM = 2 ** 31 - 1;
/** Whoever asks has a deadline, but need not wait for it to learn that so many others come first. */
const MAX_WAITING = 10_000;

/** The streams of one session, from their opening to their end. */
export interface StreamTable {
  readonly flow: Flow;
  /** Streams that are not over, those that wait for their turn included. */
  readonly size: number;
  /** No identifier is left. */
  readonly usedUp: boolean;
  readonly peer: PeerSettings;
  /** Throws `TypeError` when a field cannot be written, `Error` when too many wait or no identifier is left. */
  open(fields: OutgoingHttpHeaders, endStream: boolean, receiver: Receiver): RequestStream;
  /** Undefined for one that is over. Throws `ConnectionError` for one that was never opened. */
  find(streamId: number): RequestStream | undefined;
  /** Lets go of it once both sides have ended. */
  forgetIfOver(stream: RequestStream): void;
  /** Ends a stream of which the peer need not hear. */
  lose(stream: RequestStream, code: number): void;
  /** Ends those that wait for their turn: certainly nobody has looked at them. */
  refuseWaiting(): void;
  /** The peer will look at none above `last` (RFC 9113 §6.8). */
  refuseAbove(last: number): void;
  /** The connection has ended; from now on nothing is sent. */
  loseAll(): void;
  applySettings(next: PeerSettings): void;
}

export interface StreamTableOptions extends FlowWindows {
  /** Window of a stream at first, octets. */
  readonly firstWindow: number;
  /** Called when the last stream has gone, or the last identifier. */
  readonly onIdle: () => void;
  /** A receiver has thrown when it was told that its stream is over. */
  readonly onDefect: (error: unknown) => void;
  /** Identifier of the first stream, odd. */
  readonly firstId?: number;
}

export function createStreamTable(writer: FrameWriter, options: StreamTableOptions): StreamTable {
  const encoder = createHpackEncoder();
  const streams = new StreamIndex();
  /** Beyond what the peer allows at once. */
  const waiting = new Map<RequestStream, FieldList>();
  let peer = initialPeerSettings;
  let nextId = options.firstId ?? 1;
  let isDead = false;

  const forget = (stream: RequestStream): void => {
    if (streams.delete(stream.id)) {
      flow.forget(stream);
      beginWaiting();
    } else if (!waiting.delete(stream)) return;
    if (streams.size === 0 && waiting.size === 0) options.onIdle();
  };
  const forgetIfOver = (stream: RequestStream): void => {
    if (stream.localEnded && stream.remoteEnded) forget(stream);
  };
  // Encoded in the order in which it is sent: both ends of HPACK depend on it.
  const encode = (fields: FieldList): Buffer => encodeFields(fields, encoder);
  const flow = createFlow(writer, streams, options, encode, forgetIfOver);

  const begin = (stream: RequestStream, fields: FieldList): void => {
    stream.id = nextId;
    nextId += 2;
    stream.sendWindow = peer.streamWindow;
    streams.add(stream);
    writer.headers(stream.id, encode(fields), stream.localEnded);
    if (nextId > LAST_STREAM) options.onIdle();
  };
  const beginWaiting = (): void => {
    for (const [stream, fields] of waiting) {
      if (streams.size >= peer.maxStreams || isDead || nextId > LAST_STREAM) return;
      waiting.delete(stream);
      begin(stream, fields);
      flow.send(stream);
    }
  };
  const host: StreamHost = {
    send: flow.send,
    consumed: flow.consumed,
    leave: (stream) => {
      if (!isDead && streams.has(stream.id)) {
        writer.number(frameType.RST_STREAM, stream.id, stream.rstCode);
      }
      forget(stream);
    },
  };
  const lose = (stream: RequestStream, code: number): void => {
    forget(stream);
    try {
      stream.lost(code);
    } catch (error) {
      // The others are to hear of their end too.
      options.onDefect(error);
    }
  };
  const refuseWaiting = (): void => {
    for (const stream of [...waiting.keys()]) lose(stream, errorCode.REFUSED_STREAM);
  };

  return {
    flow,
    get size() {
      return streams.size + waiting.size;
    },
    get usedUp() {
      return nextId > LAST_STREAM;
    },
    get peer() {
      return peer;
    },
    open: (fields, endStream, receiver) => {
      if (nextId > LAST_STREAM) throw new Error('the stream identifiers are used up');
      const list = listRequestFields(fields);
      const method = String(fields[':method']);
      const parts = { window: options.firstWindow, method, endStream };
      const stream = new RequestStream(host, receiver, parts);
      // Behind those that wait already, even if there is room by now.
      if (waiting.size === 0 && streams.size < peer.maxStreams) begin(stream, list);
      else if (waiting.size < MAX_WAITING) waiting.set(stream, list);
      else throw new Error('too many requests wait for their turn');
      return stream;
    },
    find: (id) => {
      if (id % 2 === 0 || id >= nextId) {
        throw new ConnectionError(errorCode.PROTOCOL_ERROR, 'stream never opened');
      }
      return streams.get(id);
    },
    forgetIfOver,
    lose,
    refuseWaiting,
    refuseAbove: (last) => {
      refuseWaiting();
      for (const stream of streams.values()) {
        if (stream.id > last) lose(stream, errorCode.REFUSED_STREAM);
      }
    },
    loseAll: () => {
      isDead = true;
      refuseWaiting();
      for (const stream of streams.values()) lose(stream, errorCode.INTERNAL_ERROR);
    },
    applySettings: (next) => {
      const grown = next.streamWindow - peer.streamWindow;
      peer = next;
      encoder.resize(next.leastTableSize);
      encoder.resize(next.tableSize);
      if (grown !== 0) flow.shift(grown);
      beginWaiting();
    },
  };
}
