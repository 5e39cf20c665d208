/**
 * After a relay's start all its devices come at once; each registration costs it three handshakes, a signature and a row. So it lets
 * them in slowly, and yet so that ten thousand are back within two minutes: 20 a second for ten seconds, while the public's
 * own connections come back as well, 80 up to half a minute, 100 up to two, then as they come.
 */
const steps = [
  { until: 10_000, perSecond: 20 },
  { until: 30_000, perSecond: 80 },
  { until: 120_000, perSecond: 100 },
] as const;
/** Devices that come in at once: a relay with few has no ramp. */
const BURST = 20;
/** Devices are never told to spread over more than this, milliseconds. */
const MOST_SPREAD = 60_000;
/** No device is told to wait for longer than the ramp lasts, milliseconds. */
const MOST_WAIT = 120_000;

/** Makes the function that takes one turn, by a clock that never jumps: 0 when the caller may come in, else the milliseconds to wait. */
export function createAcceptRamp(now: () => number): () => number {
  const start = now();
  let turns: number = BURST;
  let at = start;
  /** Until when those who were told to come back have been given times of their own. */
  let promised = start;
  return () => {
    const time = now();
    const step = steps.find(({ until }) => time - start < until);
    if (step === undefined) return 0;
    turns = Math.min(BURST, turns + (Math.max(0, time - at) / 1000) * step.perSecond);
    at = time;
    if (turns >= 1) {
      turns -= 1;
      return 0;
    }
    // One more than those who were told before, at the pace of that moment.
    promised = Math.max(time, promised);
    const pace = steps.find(({ until }) => promised - start < until)?.perSecond ?? Infinity;
    promised = Math.min(promised + 1000 / pace, time + MOST_WAIT);
    return Math.ceil(promised - time);
  };
}

/** Over how long so many devices should spread their coming back, milliseconds. */
export function spreadOf(devices: number): number {
  return Math.min(MOST_SPREAD, Math.max(0, devices - BURST) * (1000 / steps[0].perSecond));
}
