/** Lets each key do something `burst` times, and again one by one as time passes. */
export interface RateLimit {
  /** Takes one; 0 when it may go ahead, else the milliseconds to wait. */
  take(key: string): number;
}

/** Keys that are remembered; beyond it the ones longest unused are forgotten. */
const MAX_KEYS = 10_000;

/** A token bucket per key: `burst` at once, then one each `everyMs`. */
export function createRateLimit(burst: number, everyMs: number, now: () => number): RateLimit {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return {
    take: (key) => {
      const time = now();
      const bucket = buckets.get(key) ?? { tokens: burst, at: time };
      // Re-inserting keeps the map in order of use.
      buckets.delete(key);
      buckets.set(key, bucket);
      if (buckets.size > MAX_KEYS) {
        const oldest = buckets.keys().next();
        if (oldest.done !== true) buckets.delete(oldest.value);
      }
      const elapsed = Math.max(0, time - bucket.at);
      bucket.tokens = Math.min(burst, bucket.tokens + elapsed / everyMs);
      bucket.at = time;
      if (bucket.tokens >= 1) {
        bucket.tokens -= 1;
        return 0;
      }
      return Math.ceil((1 - bucket.tokens) * everyMs);
    },
  };
}
