const SECONDS = 60;
const SAMPLES = 2048;
const SAMPLE_AGE_MS = 5 * 60_000;

/** Figures for the console, of this running program. */
export interface Statistics {
  /** Counts a callback that was taken. */
  taken(): void;
  /** Notes how long one took to be answered, milliseconds. */
  answered(durationMs: number): void;
  /** Callbacks taken in the last 60 seconds. */
  perMinute(): number;
  /** Over at most the last five minutes; null without a sample. */
  p99(): number | null;
}

/** Rolling figures in fixed memory. */
export function createStatistics(now: () => number): Statistics {
  const counts = Array.from({ length: SECONDS }, () => ({ second: -1, count: 0 }));
  const samples: { at: number; durationMs: number }[] = [];
  let next = 0;

  return {
    taken() {
      const second = Math.floor(now() / 1000);
      const slot = counts[second % SECONDS];
      if (slot === undefined) return;
      if (slot.second !== second) {
        slot.second = second;
        slot.count = 0;
      }
      slot.count += 1;
    },
    answered(durationMs) {
      samples[next] = { at: now(), durationMs };
      next = (next + 1) % SAMPLES;
    },
    perMinute() {
      const oldest = Math.floor(now() / 1000) - SECONDS;
      return counts.reduce((sum, slot) => sum + (slot.second > oldest ? slot.count : 0), 0);
    },
    p99() {
      const oldest = now() - SAMPLE_AGE_MS;
      const recent = samples
        .filter((sample) => sample.at >= oldest)
        .map((sample) => sample.durationMs)
        .toSorted((a, b) => a - b);
      return recent[Math.max(0, Math.ceil(recent.length * 0.99) - 1)] ?? null;
    },
  };
}
