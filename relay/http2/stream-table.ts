import type { OutgoingHttpHeaders } from 'node:http2';
import { ConnectionError, errorCode } from '../../common/http2/errors.ts';
import { listFields, type FieldList } from '../../common/http2/field-list.ts';
import type { FlowWindows } from '../../common/http2/flow.ts';
import type { FrameWriter } from '../../common/http2/frame-writer.ts';
import * as shared from '../../common/http2/stream-table.ts';
import type { Stream } from '../../common/http2/stream.ts';
import { RequestStream, type Receiver } from './request-stream.ts';
import { nodeRuntime } from './runtime.ts';

/** Streams are numbered up to 2³¹ − 1 (RFC 9113 §5.1.1). */
const LAST_STREAM = 2 ** 31 - 1;
/** Whoever asks has a deadline, but need not wait for it to learn that so many others come first. */
const MAX_WAITING = 10_000;

/** The streams of one session, from their opening to their end. */
export interface StreamTable extends Pick<
  shared.StreamTable<Buffer, RequestStream>,
  'flow' | 'peer' | 'size' | 'forgetIfOver' | 'lose' | 'loseAll' | 'applySettings'
> {
  /** No identifier is left. */
  readonly usedUp: boolean;
  /** Throws `TypeError` when a field cannot be written, `Error` when too many wait or no identifier is left. */
  open(fields: OutgoingHttpHeaders, endStream: boolean, receiver: Receiver): RequestStream;
  /** Undefined for one that is over. Throws `ConnectionError` for one that was never opened. */
  readonly find: (streamId: number) => RequestStream | undefined;
  /** Ends those that wait for their turn: certainly nobody has looked at them. */
  refuseWaiting(): void;
  /** The peer will look at none above `last` (RFC 9113 §6.8). */
  refuseAbove(last: number): void;
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

/** `size` counts those that wait for their turn too. */
export function createStreamTable(
  writer: FrameWriter<Buffer>,
  options: StreamTableOptions,
): StreamTable {
  /** Beyond what the peer allows at once. */
  const waiting = new Map<Stream<Buffer>, readonly [RequestStream, FieldList]>();
  let nextId = options.firstId ?? 1;

  const open = shared.createStreamTable<Buffer, RequestStream>({
    ...{ runtime: nodeRuntime, writer, onDefect: options.onDefect },
    ...{ streamWindow: options.streamWindow, sessionWindow: options.sessionWindow },
    onForget: (stream, wasOpen) => {
      if (wasOpen) beginWaiting();
      else if (!waiting.delete(stream)) return;
      if (open.size === 0 && waiting.size === 0) options.onIdle();
    },
  });
  const { flow } = open;

  const begin = (stream: RequestStream, fields: FieldList): void => {
    stream.id = nextId;
    nextId += 2;
    open.add(stream);
    open.sendHead(stream.id, fields, stream.localEnded);
    if (nextId > LAST_STREAM) options.onIdle();
  };
  const beginWaiting = (): void => {
    for (const [stream, fields] of waiting.values()) {
      if (open.size >= open.peer.maxStreams || open.isSilent || nextId > LAST_STREAM) return;
      waiting.delete(stream);
      begin(stream, fields);
      flow.send(stream);
    }
  };
  const refuseWaiting = (): void => {
    for (const stream of [...waiting.keys()]) open.lose(stream, errorCode.REFUSED_STREAM);
  };

  return {
    flow,
    get size() {
      return open.size + waiting.size;
    },
    get usedUp() {
      return nextId > LAST_STREAM;
    },
    get peer() {
      return open.peer;
    },
    open: (fields, endStream, receiver) => {
      if (nextId > LAST_STREAM) throw new Error('the stream identifiers are used up');
      const list = listFields(fields);
      const method = String(fields[':method']);
      const parts = { window: options.firstWindow, method, endStream };
      const stream = new RequestStream(open.host, receiver, parts);
      // Behind those that wait already, even if there is room by now.
      if (waiting.size === 0 && open.size < open.peer.maxStreams) begin(stream, list);
      else if (waiting.size < MAX_WAITING) waiting.set(stream, [stream, list]);
      else throw new Error('too many requests wait for their turn');
      return stream;
    },
    find: (id) => {
      if (id % 2 === 0 || id >= nextId) {
        throw new ConnectionError(errorCode.PROTOCOL_ERROR, 'stream never opened');
      }
      return open.get(id);
    },
    forgetIfOver: open.forgetIfOver,
    lose: open.lose,
    refuseWaiting,
    refuseAbove: (last) => {
      refuseWaiting();
      for (const stream of open.values()) {
        if (stream.id > last) open.lose(stream, errorCode.REFUSED_STREAM);
      }
    },
    loseAll: () => {
      open.silence();
      refuseWaiting();
      open.loseAll();
    },
    applySettings: (next) => {
      open.applySettings(next);
      beginWaiting();
    },
  };
}
