import { createRecentDurations } from './recent-durations.ts';

const SECONDS = 60;

/** Figures for the console, of this running program. */
export interface Statistics {
  /** Counts a callback that was taken. */
  taken(): void;
  /** Notes how long one took to be answered, milliseconds. */
  answered(durationMs: number): void;
  /** Callbacks taken in the last 60 seconds. */
  perMinute(): number;
  /** Over at most the last five minutes, to 3 %; null without a sample. */
  p99(): number | null;
}

/** Rolling figures in fixed memory. */
export function createStatistics(now: () => number): Statistics {
  const counts = Array.from({ length: SECONDS }, () => ({ second: -1, count: 0 }));
  const durations = createRecentDurations(now);

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
    answered: (durationMs) => durations.add(durationMs),
    perMinute() {
      const oldest = Math.floor(now() / 1000) - SECONDS;
      return counts.reduce((sum, slot) => sum + (slot.second > oldest ? slot.count : 0), 0);
    },
    p99: () => durations.percentile(0.99),
  };
}
