/** How far the event loop is behind. */
export type Strain = 'none' | 'shed' | 'overwhelmed';

/** Watches the event loop: a relay that is behind must drop the work that can be dropped. */
export interface Overload {
  readonly strain: () => Strain;
  /** The last measured delay, milliseconds. */
  readonly delayMs: () => number;
  readonly stop: () => void;
}

const SAMPLE_MS = 250;

/**
 * Measures by how much a timer comes late. Twice in a row at least `limitMs`: ordinary requests are shed; three times that:
 * callbacks too, which could not be answered in their time. One long pause alone (a suspended process) is not overload.
 */
export function watchOverload(limitMs: number): Overload {
  let delay = 0;
  let before = 0;
  let due = performance.now() + SAMPLE_MS;
  const timer = setInterval(() => {
    const time = performance.now();
    before = delay;
    delay = Math.max(0, time - due);
    due = time + SAMPLE_MS;
  }, SAMPLE_MS);
  timer.unref();
  return {
    strain: () => {
      const lasting = Math.min(before, delay);
      if (lasting >= limitMs * 3) return 'overwhelmed';
      return lasting >= limitMs ? 'shed' : 'none';
    },
    delayMs: () => delay,
    stop: () => clearInterval(timer),
  };
}
