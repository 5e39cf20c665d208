import { ConnectionError, errorCode } from './errors.ts';

/** Frames a second that move nothing forward; an honest peer sends a handful. */
const PER_SECOND = 1_000;
/** What a request may cause besides: interim answers, and frames that crossed its end. */
const PER_REQUEST = 4;
/** Requests that count, so that a long honest life does not pay for a flood. */
const MAX_REQUESTS = 5_000;
/** Answers that a peer does not read, octets. */
const MAX_WAITING = 8 << 20;

/** Counts frames that cost time and carry nothing: pings, settings, empty data, resets of what is over (RFC 9113 §10.5). */
export interface Nuisance {
  /** Throws `ENHANCE_YOUR_CALM` when they are too many, or their answers are not read. */
  readonly count: () => void;
  /** A request has been sent. */
  readonly requested: () => void;
}

export function createNuisance(
  writer: { readonly waiting: number },
  now: () => number,
  perSecond: number = PER_SECOND,
): Nuisance {
  let since = now();
  let seen = 0;
  let requests = 0;
  return {
    count: () => {
      seen += 1;
      if (writer.waiting > MAX_WAITING) throw flood();
      if (seen <= perSecond + requests * PER_REQUEST) return;
      const at = now();
      if (at - since < 1_000) throw flood();
      since = at;
      seen = 1;
      requests = 0;
    },
    requested: () => {
      if (requests < MAX_REQUESTS) requests += 1;
    },
  };
}

function flood(): ConnectionError {
  return new ConnectionError(errorCode.ENHANCE_YOUR_CALM, 'flood');
}
