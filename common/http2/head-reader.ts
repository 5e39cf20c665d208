import { ConnectionError, errorCode } from './errors.ts';
import { flag, frameType } from './frames.ts';
import { createHpackDecoder } from './hpack-decoder.ts';
import { type FieldLimits, type FieldReader, type Fields } from './fields.ts';
import { concat, type Octets, type Runtime } from './octets.ts';

/** CONTINUATION frames of one block: more of them than a block of this size needs are a flood. */
const MAX_CONTINUATIONS = 16;

export interface HeadHandler {
  /** Reads the fields of the block that begins on that stream. Throws when none may. */
  readonly open: (streamId: number) => FieldReader;
  /** Null where the fields are malformed or too many. */
  readonly onHead: (streamId: number, fields: Fields | null, endStream: boolean) => void;
}

/** Puts header blocks together (RFC 9113 §4.3) and reads them. */
export interface HeadReader<B> {
  /** Whether a block has begun that is not over: nothing else may come on the connection then. */
  readonly isOpen: boolean;
  /** Takes HEADERS and CONTINUATION; false for any other frame. Throws `ConnectionError`. */
  take(type: number, flags: number, streamId: number, payload: B): boolean;
}

interface OpenBlock<B> {
  readonly fields: FieldReader;
  readonly streamId: number;
  readonly endStream: boolean;
  readonly parts: B[];
  bytes: number;
}

export function createHeadReader<B extends Octets<B>>(
  runtime: Pick<Runtime<B>, 'allocate' | 'latin1'>,
  limits: FieldLimits,
  handler: HeadHandler,
): HeadReader<B> {
  const decoder = createHpackDecoder(runtime);
  let open: OpenBlock<B> | null = null;

  const copy = (piece: B): B => {
    const own = runtime.allocate(piece.length);
    own.set(piece);
    return own;
  };
  const read = (fields: FieldReader, streamId: number, block: B, endStream: boolean): void => {
    decoder.decode(block, fields.add);
    handler.onHead(streamId, fields.take(), endStream);
  };
  const proceed = (block: OpenBlock<B>, flags: number, payload: B): void => {
    // The payload is the reader's.
    block.parts.push(copy(payload));
    block.bytes += payload.length;
    if (block.parts.length > MAX_CONTINUATIONS || block.bytes > limits.bytes) {
      throw new ConnectionError(errorCode.ENHANCE_YOUR_CALM, 'header block too large');
    }
    if ((flags & flag.END_HEADERS) === 0) return;
    open = null;
    const whole = concat(runtime, block.parts, block.bytes);
    read(block.fields, block.streamId, whole, block.endStream);
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
      const fields = handler.open(streamId);
      const fragment = fragmentOf(flags, payload);
      const endStream = (flags & flag.END_STREAM) !== 0;
      if ((flags & flag.END_HEADERS) !== 0) read(fields, streamId, fragment, endStream);
      else {
        const parts = [copy(fragment)];
        open = { fields, streamId, endStream, parts, bytes: fragment.length };
      }
      return true;
    },
  };
}

/** HEADERS without padding and priority (RFC 9113 §6.2). */
function fragmentOf<B extends Octets<B>>(flags: number, payload: B): B {
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
