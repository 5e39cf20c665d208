/** A clock that stands still until a test moves it, and timers that go by it. */
export interface VirtualClock {
  readonly now: () => number;
  readonly timers: { set(ms: number, work: () => void): () => void };
  /** Moves the clock on and runs what falls due, each at its own moment. */
  advance(ms: number): void;
}

export function createVirtualClock(start = 1_800_000_000_000): VirtualClock {
  let now = start;
  const due = new Set<{ readonly at: number; readonly work: () => void }>();
  return {
    now: () => now,
    timers: {
      set(ms, work) {
        const timer = { at: now + ms, work };
        due.add(timer);
        return () => void due.delete(timer);
      },
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const [next] = [...due].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at);
        if (next === undefined) break;
        due.delete(next);
        now = Math.max(now, next.at);
        next.work();
      }
      now = end;
    },
  };
}
