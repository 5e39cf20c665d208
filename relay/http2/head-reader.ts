import type { ResponseHead } from './request-stream.ts';
import { ConnectionError, errorCode } from './errors.ts';
import { flag, frameType } from './frames.ts';
import { createHpackDecoder } from './hpack-decoder.ts';
import { readResponseFields, type FieldLimits } from './response-fields.ts';

/** CONTINUATION frames of one block: more of them than a block of this size needs are a flood. */
const MAX_CONTINUATIONS = 16;

export interface HeadHandler {
  /** Throws when no block may come on that stream. */
  readonly check: (streamId: number) => void;
  /** Whether a block that comes now would be the trailers of that stream. */
  readonly isTrailer: (streamId: number) => boolean;
  /** Null where the fields are malformed or too many. */
  readonly onHead: (streamId: number, fields: ResponseHead | null, endStream: boolean) => void;
}

/** Puts header blocks together (RFC 9113 §4.3) and reads them. */
export interface HeadReader {
  /** Whether a block has begun that is not over: nothing else may come on the connection then. */
  readonly isOpen: boolean;
  /** Takes HEADERS and CONTINUATION; false for any other frame. Throws `ConnectionError`. */
  take(type: number, flags: number, streamId: number, payload: Buffer): boolean;
}

interface OpenBlock {
  readonly streamId: number;
  readonly endStream: boolean;
  readonly parts: Buffer[];
  bytes: number;
}

export function createHeadReader(limits: FieldLimits, handler: HeadHandler): HeadReader {
  const decoder = createHpackDecoder();
  let open: OpenBlock | null = null;

  const read = (streamId: number, block: Buffer, endStream: boolean): void => {
    const fields = readResponseFields(handler.isTrailer(streamId), limits);
    decoder.decode(block, fields.add);
    handler.onHead(streamId, fields.take(), endStream);
  };
  const proceed = (block: OpenBlock, flags: number, payload: Buffer): void => {
    // The payload is the reader's.
    block.parts.push(Buffer.from(payload));
    block.bytes += payload.length;
    if (block.parts.length > MAX_CONTINUATIONS || block.bytes > limits.bytes) {
      throw new ConnectionError(errorCode.ENHANCE_YOUR_CALM, 'header block too large');
    }
    if ((flags & flag.END_HEADERS) === 0) return;
    open = null;
    read(block.streamId, Buffer.concat(block.parts), block.endStream);
  };

  return {
    get isOpen() {
      return open !== null;
    },
    take: (type, flags, streamId, payload) => {
      if (open !== null) {
        if (type !== frameType.CONTINUATION || streamId !== open.streamId) throw interrupted();
        proceed(open, flags, payload);
        return true;
      }
      if (type === frameType.CONTINUATION) throw interrupted();
      if (type !== frameType.HEADERS) return false;
      handler.check(streamId);
      const fragment = fragmentOf(flags, payload);
      const endStream = (flags & flag.END_STREAM) !== 0;
      if ((flags & flag.END_HEADERS) !== 0) read(streamId, fragment, endStream);
      else open = { streamId, endStream, parts: [Buffer.from(fragment)], bytes: fragment.length };
      return true;
    },
  };
}

/** HEADERS without padding and priority (RFC 9113 §6.2). */
function fragmentOf(flags: number, payload: Buffer): Buffer {
  const isPadded = (flags & flag.PADDED) !== 0;
  const start = Number(isPadded) + ((flags & flag.PRIORITY) === 0 ? 0 : 5);
  if (payload.length < start) throw new ConnectionError(errorCode.FRAME_SIZE_ERROR, 'headers');
  const end = payload.length - (isPadded ? (payload[0] ?? 0) : 0);
  if (end < start) throw new ConnectionError(errorCode.PROTOCOL_ERROR, 'padding');
  return payload.subarray(start, end);
}

/** RFC 9113 §4.3: nothing may come between the frames of a block, and none of them by itself. */
export function interrupted(): ConnectionError {
  return new ConnectionError(errorCode.PROTOCOL_ERROR, 'header block interrupted');
}
