import { DEFAULT_FRAME_SIZE, FRAME_HEAD, flag, frameType } from './frames.ts';
import type { Octets, Runtime } from './octets.ts';

/** Frames are written into slabs of this size one behind the other. */
const SLAB_BYTES = 32 * 1024;
/** Payloads up to this are copied next to their frames; longer ones go out from where they are. */
const COPIED_BYTES = 2 * 1024;
/** So much does not wait for the end of the turn. */
const FLUSH_BYTES = 128 * 1024;

/** Where frames go: a connection, as Node's `Writable` is one. */
export interface Sink<B> {
  readonly writable: boolean;
  /** Octets that wait in it. */
  readonly writableLength: number;
  write(bytes: B): unknown;
  cork(): void;
  uncork(): void;
}

/** Gathers the frames of one turn of the event loop, so that they leave in one write and in as few TLS records as they fit. */
export interface FrameWriter<B> {
  /** Octets that wait in here and in the connection. */
  readonly waiting: number;
  /** A frame whose payload is copied; at most {@link DEFAULT_FRAME_SIZE} octets. */
  frame(type: number, flags: number, streamId: number, payload: ArrayLike<number>): void;
  /** A frame with one 32-bit number, which RST_STREAM and WINDOW_UPDATE are. */
  number(type: number, streamId: number, value: number): void;
  /** HEADERS, and CONTINUATION where the block needs it. */
  headers(streamId: number, block: B, endStream: boolean): void;
  /** DATA. The payload must not be changed afterwards. */
  data(streamId: number, payload: B, endStream: boolean): void;
  flush(): void;
}

export function createFrameWriter<B extends Octets<B>>(
  runtime: Pick<Runtime<B>, 'allocate' | 'soon'>,
  connection: Sink<B>,
): FrameWriter<B> {
  let slab = runtime.allocate(SLAB_BYTES);
  let start = 0;
  let end = 0;
  const parts: B[] = [];
  let partBytes = 0;
  let scheduled = false;

  const closePart = (): void => {
    if (end === start) return;
    parts.push(slab.subarray(start, end));
    partBytes += end - start;
    start = end;
  };
  const room = (size: number): void => {
    if (end + size <= slab.length) return;
    closePart();
    slab = runtime.allocate(Math.max(SLAB_BYTES, size));
    start = 0;
    end = 0;
  };
  const flush = (): void => {
    closePart();
    if (partBytes === 0) return;
    // Nobody will hear what was to be said after the end.
    if (!connection.writable) {
      parts.length = 0;
      partBytes = 0;
      return;
    }
    const [only] = parts;
    if (parts.length === 1 && only !== undefined) connection.write(only);
    else {
      connection.cork();
      for (const part of parts) connection.write(part);
      connection.uncork();
    }
    parts.length = 0;
    partBytes = 0;
  };
  const flushNow = (): void => {
    scheduled = false;
    flush();
  };
  const flushLater = (): void => {
    if (partBytes + end - start >= FLUSH_BYTES) {
      flush();
      return;
    }
    if (scheduled) return;
    scheduled = true;
    runtime.soon(flushNow);
  };
  const head = (length: number, type: number, flags: number, streamId: number): void => {
    slab[end] = length >>> 16;
    slab[end + 1] = (length >>> 8) & 255;
    slab[end + 2] = length & 255;
    slab[end + 3] = type;
    slab[end + 4] = flags;
    uint32(end + 5, streamId);
    end += FRAME_HEAD;
  };
  const uint32 = (at: number, value: number): void => {
    slab[at] = value >>> 24;
    slab[at + 1] = (value >>> 16) & 255;
    slab[at + 2] = (value >>> 8) & 255;
    slab[at + 3] = value & 255;
  };
  const frame = (
    type: number,
    flags: number,
    streamId: number,
    payload: ArrayLike<number>,
  ): void => {
    room(FRAME_HEAD + payload.length);
    head(payload.length, type, flags, streamId);
    slab.set(payload, end);
    end += payload.length;
    flushLater();
  };

  return {
    get waiting() {
      return connection.writableLength + partBytes + end - start;
    },
    frame,
    number: (type, streamId, value) => {
      room(FRAME_HEAD + 4);
      head(4, type, 0, streamId);
      uint32(end, value);
      end += 4;
      flushLater();
    },
    headers: (streamId, block, endStream) => {
      const first = block.subarray(0, DEFAULT_FRAME_SIZE);
      const isWhole = first.length === block.length;
      const flags = (endStream ? flag.END_STREAM : 0) | (isWhole ? flag.END_HEADERS : 0);
      frame(frameType.HEADERS, flags, streamId, first);
      for (let at = first.length; at < block.length; at += DEFAULT_FRAME_SIZE) {
        const piece = block.subarray(at, at + DEFAULT_FRAME_SIZE);
        const isLast = at + piece.length === block.length;
        frame(frameType.CONTINUATION, isLast ? flag.END_HEADERS : 0, streamId, piece);
      }
    },
    data: (streamId, payload, endStream) => {
      const flags = endStream ? flag.END_STREAM : 0;
      if (payload.length <= COPIED_BYTES) {
        frame(frameType.DATA, flags, streamId, payload);
        return;
      }
      room(FRAME_HEAD);
      head(payload.length, frameType.DATA, flags, streamId);
      closePart();
      parts.push(payload);
      partBytes += payload.length;
      flushLater();
    },
    flush,
  };
}
