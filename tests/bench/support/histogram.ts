/** Latencies of one run, milliseconds. */
export interface Latencies {
  add(ms: number): void;
  readonly count: number;
  /** Value below which `share` (0 to 1) of all lie; 0 where there is none. */
  percentile(share: number): number;
}

/** Keeps every value: runs are bounded, and tails are what is looked for. */
export function createLatencies(): Latencies {
  const values: number[] = [];
  let sorted = true;
  return {
    add(ms) {
      values.push(ms);
      sorted = false;
    },
    get count() {
      return values.length;
    },
    percentile(share) {
      if (!sorted) {
        values.sort((a, b) => a - b);
        sorted = true;
      }
      return values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
    },
  };
}

/** `p50 1.2  p99 8.0  p99.9 12.4 ms`. */
export function describeLatencies(latencies: Latencies): string {
  const at = (share: number): string => latencies.percentile(share).toFixed(1);
  return `p50 ${at(0.5)}  p99 ${at(0.99)}  p99.9 ${at(0.999)} ms`;
}
