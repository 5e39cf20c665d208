import { ConnectionError, errorCode } from './errors.ts';
import type { FrameWriter } from './frame-writer.ts';

/** Frames a second that move nothing forward; an honest peer sends a handful. */
const PER_SECOND = 1_000;
/** Answers that a peer does not read, octets. */
const MAX_WAITING = 8 << 20;

/** Counts frames that cost time and carry nothing: pings, settings, empty data, resets of what is over (RFC 9113 §10.5). */
export interface Nuisance {
  /** Throws `ENHANCE_YOUR_CALM` when they are too many. */
  readonly count: () => void;
}

export function createNuisance(writer: FrameWriter): Nuisance {
  let since = performance.now();
  let seen = 0;
  return {
    count: () => {
      seen += 1;
      if (seen <= PER_SECOND && writer.waiting <= MAX_WAITING) return;
      const now = performance.now();
      if (now - since < 1_000 || writer.waiting > MAX_WAITING) {
        throw new ConnectionError(errorCode.ENHANCE_YOUR_CALM, 'flood');
      }
      since = now;
      seen = 1;
    },
  };
}
