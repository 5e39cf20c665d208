import type { InLine } from '../delivery/courier.ts';

/** A delivery that callbacks wait for: the first one, and WeCom's repetitions of it that come meanwhile. */
export interface Flight<R> {
  /** The result, or `late` after `ms` milliseconds without one; at once while an earlier message has to be tried again first. */
  wait(ms: number): Promise<R | 'late'>;
  /** Settles when the result has been written down. */
  readonly finished: Promise<void>;
}

/**
 * Starts `work`, which never rejects, and follows it. While a target is away, nobody waits for the turn of a conversation in which a
 * message has failed: each callback would stay open for its whole budget, thousands of them at a time, and all for nothing.
 * `conclude` is told whether somebody still waited when it ended; it runs before those who wait go on.
 */
export function startFlight<R>(
  work: (line: Required<InLine>) => Promise<R>,
  conclude: (result: R, inTime: boolean) => Promise<void>,
): Flight<R> {
  const waiting = new Set<(result: R | 'late') => void>();
  let held = false;
  const result = work({
    onTurn: () => {
      held = false;
    },
    onHeld: () => {
      held = true;
      for (const end of [...waiting]) end('late');
    },
  });
  const finished = result.then((value) => conclude(value, waiting.size > 0));
  return {
    finished,
    wait: (ms) =>
      new Promise((resolve) => {
        if (held) {
          resolve('late');
          return;
        }
        const end = (value: R | 'late'): void => {
          if (!waiting.delete(end)) return;
          clearTimeout(timer);
          resolve(value);
        };
        const timer = setTimeout(() => end('late'), Math.max(0, ms));
        waiting.add(end);
        void result.then(end);
      }),
  };
}
