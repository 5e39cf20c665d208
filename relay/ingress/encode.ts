import type { OutgoingHttpHeaders } from 'node:http2';
import { constants, createGzip, gzip, gzipSync } from 'node:zlib';
import { CODING_LEVEL, isWorthCoding, MIN_CODED_LENGTH } from '../../common/tunnel/compression.ts';
import type { BodySink } from './body.ts';
import type { RequestHead } from './request-head.ts';

/** Up to this many bytes the way to a thread and back costs more of the processor than the coding. */
const AT_ONCE_BYTES = 16 * 1024;
/** Bodies that are being coded on threads at the same time: zlib keeps 256 KiB for each. What comes beyond goes as it is. */
const MAX_AT_WORK = 64;

/** Where pieces of a body go to be coded; like the stream behind it, it says when to wait. */
export interface CodedSink extends BodySink {
  /** The stream has room again. */
  onDrain(): void;
  /** The stream has gone. */
  onClose(): void;
}

/** Codes the bodies of requests for the tunnel (ADR 0011). */
export interface BodyEncoder {
  /** Whether a body is to be coded: what is known of it is in the head, and its bytes where it was collected. */
  readonly wants: (head: RequestHead, body: Buffer | object) => boolean;
  /** Sends a collected body, coded, as the whole of a stream's, and its trailers. */
  readonly end: (stream: BodySink, body: Buffer, trailers?: OutgoingHttpHeaders | null) => void;
  /** Codes a body piece by piece, none of which waits for the next. `onDrain` is called when it can take more. */
  readonly pipe: (stream: BodySink, onDrain: () => void) => CodedSink;
}

export function createBodyEncoder(): BodyEncoder {
  let atWork = 0;
  const leave = (): void => {
    atWork -= 1;
  };
  return {
    wants: (head, body) => {
      // A callback is base64 of ciphertext: a quarter less for four times the work of other bodies.
      if (head.isCallback) return false;
      if (Buffer.isBuffer(body)) {
        if (body.length < MIN_CODED_LENGTH) return false;
        if (body.length > AT_ONCE_BYTES && atWork >= MAX_AT_WORK) return false;
      } else if (atWork >= MAX_AT_WORK) return false;
      return isWorthCoding(head.headers);
    },
    end: (stream, body, trailers) => {
      if (body.length <= AT_ONCE_BYTES) {
        stream.end(gzipSync(body, { level: CODING_LEVEL }), trailers);
        return;
      }
      atWork += 1;
      gzip(body, { level: CODING_LEVEL }, (error, coded) => {
        leave();
        if (error === null) stream.end(coded, trailers);
        else stream.cancel();
      });
    },
    pipe: (stream, onDrain) => {
      atWork += 1;
      const coder = createGzip({ level: CODING_LEVEL, flush: constants.Z_SYNC_FLUSH });
      let behind: OutgoingHttpHeaders | null = null;
      coder.on('data', (piece: Buffer) => {
        if (!stream.write(piece)) coder.pause();
      });
      coder.on('drain', onDrain);
      coder.once('end', () => stream.end(undefined, behind));
      coder.on('error', () => stream.cancel());
      coder.once('close', leave);
      return {
        write: (piece) => coder.write(piece),
        end: (piece, trailers = null) => {
          behind = trailers;
          coder.end(piece);
        },
        cancel: () => stream.cancel(),
        onDrain: () => void coder.resume(),
        onClose: () => void coder.destroy(),
      };
    },
  };
}
