const SLOTS = 10;
const SLOT_MS = 30_000;
/** Shortest and longest that are told apart, milliseconds. */
const LEAST_MS = 0.05;
const MOST_MS = 120_000;
/** Each bucket ends 5 % above the one before, so that its middle is within 3 % of all that lies in it. */
const GROWTH = Math.log(1.05);
const BUCKETS = Math.ceil(Math.log(MOST_MS / LEAST_MS) / GROWTH) + 1;

/** How long things took in the last five minutes. */
export interface RecentDurations {
  /** Milliseconds. */
  add(ms: number): void;
  /** Value below which `share` (0 to 1) of them lie, to 3 %; null where there is none. */
  percentile(share: number): number | null;
}

/** Counts in buckets: adding and asking cost the same whatever was added, and a busy minute leaves none out. */
export function createRecentDurations(now: () => number): RecentDurations {
  const slots: { number: number; total: number; counts: Uint32Array }[] = [];

  function current(): { total: number; counts: Uint32Array } {
    const number = Math.floor(now() / SLOT_MS);
    const index = number % SLOTS;
    const known = slots[index];
    if (known?.number === number) return known;
    const counts = known?.counts.fill(0) ?? new Uint32Array(BUCKETS);
    const fresh = { number, total: 0, counts };
    slots[index] = fresh;
    return fresh;
  }

  return {
    add(ms) {
      const slot = current();
      const bounded = Math.min(MOST_MS, Math.max(LEAST_MS, ms));
      const bucket = Math.floor(Math.log(bounded / LEAST_MS) / GROWTH);
      slot.counts[bucket] = (slot.counts[bucket] ?? 0) + 1;
      slot.total += 1;
    },
    percentile(share) {
      const oldest = Math.floor(now() / SLOT_MS) - SLOTS;
      const recent = slots.filter((slot) => slot !== undefined && slot.number > oldest);
      const total = recent.reduce((sum, slot) => sum + slot.total, 0);
      if (total === 0) return null;
      // From the top: what is asked for lies there.
      let above = total - Math.max(1, Math.ceil(total * share));
      for (let bucket = BUCKETS - 1; bucket >= 0; bucket -= 1) {
        for (const { counts } of recent) above -= counts[bucket] ?? 0;
        if (above < 0) return LEAST_MS * Math.exp((bucket + 0.5) * GROWTH);
      }
      return null;
    },
  };
}
