import { errorCode } from './errors.ts';
import type { Messages } from './incoming.ts';
import type { Octets } from './octets.ts';
import type { Stream } from './stream.ts';

/** The bodies of messages, held against the length that was announced (RFC 9113 §8.1.1). */
export type Bodies<B, S> = Pick<Messages<B, S>, 'piece' | 'end'>;

/** `onEnd` is called before the receiver hears of the end: whatever it does then, the peer has nothing more to say. */
export function createBodies<B extends Octets<B>, S extends Stream<B>>(
  onEnd: (stream: S) => void,
): Bodies<B, S> {
  return {
    piece: (stream, piece) => {
      if (stream.bodyLeft !== null) {
        stream.bodyLeft -= piece.length;
        if (stream.bodyLeft < 0) {
          malformed(stream);
          return false;
        }
      }
      stream.data(piece);
      return true;
    },
    end: (stream) => {
      if (stream.bodyLeft !== null && stream.bodyLeft > 0) {
        malformed(stream);
        return;
      }
      stream.remoteEnded = true;
      onEnd(stream);
      stream.ended();
    },
  };
}

/** Breaks off a stream whose message is none. */
export function malformed(stream: { reset(code: number): void }): void {
  stream.reset(errorCode.PROTOCOL_ERROR);
}
