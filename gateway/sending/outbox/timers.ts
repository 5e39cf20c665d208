/** Timers, so that tests bring a clock of their own. */
export interface Timers {
  /** Calls `work` once after `ms`; returns the function that prevents it. */
  set(ms: number, work: () => void): () => void;
}

/** The system's timers; none of them keeps the process alive. */
export const systemTimers: Timers = {
  set(ms, work) {
    const timer = setTimeout(work, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
