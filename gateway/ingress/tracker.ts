/** Counts what is under way, and tells when nothing is. */
export interface Tracker {
  /** Notes a start; the returned function its end. */
  enter(): () => void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

export function createTracker(): Tracker {
  let count = 0;
  let waiting: (() => void)[] = [];
  return {
    enter() {
      count += 1;
      let left = false;
      return () => {
        if (left) return;
        left = true;
        count -= 1;
        if (count > 0) return;
        for (const resolve of waiting) resolve();
        waiting = [];
      };
    },
    idle: () =>
      new Promise((resolve) => {
        if (count === 0) resolve();
        else waiting.push(resolve);
      }),
  };
}
