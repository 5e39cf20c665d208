/** How many of something happened in the last minute, in 60 buckets of a second. */
export interface MinuteRate {
  readonly add: () => void;
  readonly perMinute: () => number;
  /** Milliseconds of the last one; null before the first. */
  readonly lastAt: () => number | null;
}

const BUCKETS = 60;

export function createMinuteRate(now: () => number): MinuteRate {
  const counts = new Uint32Array(BUCKETS);
  let newest = Math.floor(now() / 1000);
  let last: number | null = null;

  const roll = (): number => {
    const second = Math.floor(now() / 1000);
    // A clock that was set back keeps its present bucket.
    for (let passed = Math.min(second - newest, BUCKETS); passed > 0; passed -= 1) {
      counts[(second - passed + 1) % BUCKETS] = 0;
    }
    newest = Math.max(newest, second);
    return newest % BUCKETS;
  };
  return {
    add: () => {
      const bucket = roll();
      counts[bucket] = (counts[bucket] ?? 0) + 1;
      last = now();
    },
    perMinute: () => {
      roll();
      return counts.reduce((sum, count) => sum + count, 0);
    },
    lastAt: () => last,
  };
}
