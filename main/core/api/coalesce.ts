/** Groups what comes in bursts: the first goes out at once, the rest together when `intervalMs` has passed. */
export interface Coalescer {
  /** Something is waiting. */
  poke(): void;
  /** Sends what waits at once, without waiting for the interval. */
  flush(): void;
  stop(): void;
}

/** Calls `send` at most once per interval, and not at all while nothing pokes. */
export function createCoalescer(intervalMs: number, send: () => void): Coalescer {
  let timer: NodeJS.Timeout | undefined;
  let waiting = false;
  let stopped = false;

  const fire = (): void => {
    waiting = false;
    timer = setTimeout(() => {
      timer = undefined;
      if (waiting) fire();
    }, intervalMs);
    timer.unref();
    send();
  };
  return {
    poke() {
      if (stopped) return;
      if (timer === undefined) fire();
      else waiting = true;
    },
    flush() {
      if (stopped) return;
      clearTimeout(timer);
      fire();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
