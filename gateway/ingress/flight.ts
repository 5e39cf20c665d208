/** A delivery that callbacks wait for: the first one, and WeCom's repetitions of it that come meanwhile. */
export interface Flight<R> {
  /** The result, or `late` after `ms` milliseconds without one. */
  wait(ms: number): Promise<R | 'late'>;
  /** Settles when the result has been written down. */
  readonly finished: Promise<void>;
}

/**
 * Starts to follow `work`, which never rejects. `conclude` is told whether somebody still waited when it ended; it runs
 * before those who wait go on.
 */
export function startFlight<R>(
  work: Promise<R>,
  conclude: (result: R, inTime: boolean) => Promise<void>,
): Flight<R> {
  let waiting = 0;
  const finished = work.then((result) => conclude(result, waiting > 0));
  return {
    finished,
    wait: (ms) =>
      new Promise((resolve) => {
        waiting += 1;
        let done = false;
        const end = (result: R | 'late'): void => {
          if (done) return;
          done = true;
          clearTimeout(timer);
          waiting -= 1;
          resolve(result);
        };
        const timer = setTimeout(() => end('late'), Math.max(0, ms));
        void work.then(end);
      }),
  };
}
