/** Remembers which callbacks have come, so that a copied one cannot be sent again and again. */
export interface ReplayMemory {
  /** False for a repetition that cannot be WeCom's own. */
  readonly admit: (identity: string) => boolean;
  readonly size: () => number;
}

export interface ReplayOptions {
  /** How long an identity is remembered; its timestamp is too old by then. */
  readonly keepMs: number;
  readonly now: () => number;
  readonly limit?: number;
}

/** WeCom sends a callback once and repeats it at most three times, each after waiting 5 s (D90930). */
const MAX_SENT = 4;
const REPEATED_WITHIN_MS = 30_000;

interface Seen {
  readonly first: number;
  count: number;
}

export function createReplayMemory({ keepMs, now, limit = 100_000 }: ReplayOptions): ReplayMemory {
  // In the order of their first coming, so that the oldest are found at its front.
  const seen = new Map<string, Seen>();
  const sweep = (time: number): void => {
    for (const [identity, { first }] of seen) {
      if (seen.size < limit && time - first < keepMs) return;
      seen.delete(identity);
    }
  };
  return {
    admit: (identity) => {
      const time = now();
      const known = seen.get(identity);
      if (known === undefined) {
        sweep(time);
        seen.set(identity, { first: time, count: 1 });
        return true;
      }
      known.count += 1;
      return known.count <= MAX_SENT && time - known.first <= REPEATED_WITHIN_MS;
    },
    size: () => seen.size,
  };
}
