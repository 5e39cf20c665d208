import { timing } from './protocol.ts';

/** Tries for which the wait stays short, so that a relay that restarts or an uplink that returns is found within seconds. */
const EARLY_TRIES = 16;
const EARLY_CAP_MS = 4_000;

/**
 * How long to wait before try `attempt` (0 is the first retry): full jitter over a doubling, capped range, which goes beyond 4 s only after the
 * first sixteen tries. The jitter is
 * drawn after the cap, so that a long outage does not line all devices up. `random` gives [0, 1).
 */
export function backoffDelay(
  attempt: number,
  random: () => number,
  base: number = timing.backoffBase,
  cap: number = timing.backoffCap,
): number {
  const most = attempt < EARLY_TRIES ? Math.min(cap, EARLY_CAP_MS) : cap;
  const range = Math.min(most, base * 2 ** Math.min(attempt, 30));
  return Math.round(random() * range);
}
