/** Requests a second per tunnel. */
export interface TokenBuckets {
  /** 0 when the request may pass, else milliseconds until one more may. `urgent` may use the reserve as well. */
  readonly take: (tunnel: string, perSecond: number, urgent: boolean) => number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/** Part of a bucket that only callbacks may empty. */
const RESERVE = 0.25;
/** More tunnels than any relay has; what is beyond begins anew. */
const MAX_BUCKETS = 10_000;

/** Token buckets that hold one second's worth. `now` is monotonic, milliseconds. */
export function createTokenBuckets(now: () => number = () => performance.now()): TokenBuckets {
  const buckets = new Map<string, Bucket>();
  return {
    take: (tunnel, perSecond, urgent) => {
      const time = now();
      let bucket = buckets.get(tunnel);
      if (bucket === undefined) {
        if (buckets.size >= MAX_BUCKETS) buckets.clear();
        bucket = { tokens: perSecond, at: time };
        buckets.set(tunnel, bucket);
      }
      bucket.tokens = Math.min(
        perSecond,
        bucket.tokens + (Math.max(0, time - bucket.at) * perSecond) / 1000,
      );
      bucket.at = time;
      const floor = urgent ? 0 : Math.floor(perSecond * RESERVE);
      const missing = floor + 1 - bucket.tokens;
      if (missing > 0) return (missing * 1000) / perSecond;
      bucket.tokens -= 1;
      return 0;
    },
  };
}
