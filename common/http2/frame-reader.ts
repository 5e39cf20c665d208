import { ConnectionError, errorCode } from './errors.ts';
import { DEFAULT_FRAME_SIZE, FRAME_HEAD, flag, frameType } from './frames.ts';
import { concat, readUint32, type Octets, type Runtime } from './octets.ts';

export interface FrameHandler<B> {
  /** A DATA frame begins; `size` octets count against the windows, padding included. An idle one has neither payload nor end. */
  readonly onData: (streamId: number, size: number, isIdle: boolean) => void;
  /** A piece of its payload, not copied. */
  readonly onPayload: (streamId: number, piece: B) => void;
  /** The frame is over. */
  readonly onDataEnd: (streamId: number, endStream: boolean) => void;
  /** Any other frame, whole; the payload is valid until the handler returns. */
  readonly onFrame: (type: number, flags: number, streamId: number, payload: B) => void;
}

export interface FrameReader<B> {
  /** Takes what the connection gave. Throws `ConnectionError` for what is no frame, and what the handler throws. */
  push(chunk: B): void;
}

/** Cuts a byte stream into frames (RFC 9113 §4.1). The payload of DATA goes through as it comes; other frames are gathered. */
export function createFrameReader<B extends Octets<B>>(
  runtime: Pick<Runtime<B>, 'allocate'>,
  handler: FrameHandler<B>,
): FrameReader<B> {
  const gathered: B[] = [];
  let gatheredBytes = 0;
  /** Octets without which nothing can be done. */
  let needed = FRAME_HEAD;
  let inData = false;
  let streamId = 0;
  let endStream = false;
  let payloadLeft = 0;
  let paddingLeft = 0;

  /** Takes as much of a DATA frame as is there; returns where it ends. */
  const readData = (bytes: B, from: number): number => {
    let at = from;
    if (payloadLeft > 0 && at < bytes.length) {
      const end = Math.min(bytes.length, at + payloadLeft);
      payloadLeft -= end - at;
      handler.onPayload(streamId, bytes.subarray(at, end));
      at = end;
    }
    if (payloadLeft === 0) {
      const end = Math.min(bytes.length, at + paddingLeft);
      paddingLeft -= end - at;
      at = end;
      if (paddingLeft === 0) {
        inData = false;
        handler.onDataEnd(streamId, endStream);
      }
    }
    return at;
  };

  const read = (bytes: B): void => {
    let at = 0;
    for (;;) {
      if (inData) {
        at = readData(bytes, at);
        if (inData) {
          needed = 1;
          return;
        }
      }
      const left = bytes.length - at;
      if (left < FRAME_HEAD) {
        needed = FRAME_HEAD;
        keep(bytes, at);
        return;
      }
      const length = readUint32(bytes, at) >>> 8;
      const type = bytes[at + 3] as number;
      const flags = bytes[at + 4] as number;
      if (length > DEFAULT_FRAME_SIZE) {
        throw new ConnectionError(errorCode.FRAME_SIZE_ERROR, 'frame too large');
      }
      const isPadded = type === frameType.DATA && (flags & flag.PADDED) !== 0;
      needed = FRAME_HEAD + (type === frameType.DATA ? Number(isPadded) : length);
      if (isPadded && length === 0) {
        throw new ConnectionError(errorCode.FRAME_SIZE_ERROR, 'no room for padding');
      }
      if (left < needed) {
        keep(bytes, at);
        return;
      }
      const id = readUint32(bytes, at + 5) & 0x7fffffff;
      at += needed;
      if (type === frameType.DATA) {
        paddingLeft = isPadded ? (bytes[at - 1] as number) : 0;
        payloadLeft = length - Number(isPadded) - paddingLeft;
        if (payloadLeft < 0) throw new ConnectionError(errorCode.PROTOCOL_ERROR, 'padding');
        streamId = id;
        endStream = (flags & flag.END_STREAM) !== 0;
        inData = true;
        handler.onData(id, length, payloadLeft === 0 && !endStream);
      } else handler.onFrame(type, flags, id, bytes.subarray(at - length, at));
    }
  };
  const keep = (bytes: B, at: number): void => {
    if (at === bytes.length) return;
    gathered.push(at === 0 ? bytes : bytes.subarray(at));
    gatheredBytes = bytes.length - at;
  };

  return {
    push: (chunk) => {
      if (gathered.length === 0) {
        read(chunk);
        return;
      }
      gathered.push(chunk);
      gatheredBytes += chunk.length;
      if (gatheredBytes < needed) return;
      const bytes = concat(runtime, gathered, gatheredBytes);
      gathered.length = 0;
      gatheredBytes = 0;
      read(bytes);
    },
  };
}
