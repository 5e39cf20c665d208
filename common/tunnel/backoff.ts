import { timing } from './protocol.ts';

/** Tries for which the wait stays short: about two minutes of them, in which most relays that restart are back. */
const QUICK_TRIES = 120;
const QUICK_CAP_MS = 2_000;

/**
 * How long to wait before try `attempt` (0 is the first retry): full jitter over a doubling range from `base` to `cap`, which
 * stays at `base` where that is the greater. The jitter is drawn after the cap, so that a long outage does not line all
 * devices up. `random` gives [0, 1).
 */
export function backoffDelay(
  attempt: number,
  random: () => number,
  base: number = timing.backoffBase,
  cap: number = timing.backoffCap,
): number {
  return Math.round(random() * Math.min(Math.max(cap, base), base * 2 ** Math.min(attempt, 30)));
}

/**
 * The same where a failed try costs nobody anything, because nothing answers there or the network says no at once: not
 * beyond 2 s (or `base`, where that is more) for the first 120 tries, so that a relay that restarts is found within seconds.
 */
export function quickDelay(
  attempt: number,
  random: () => number,
  base: number = timing.backoffBase,
  cap: number = timing.backoffCap,
): number {
  if (attempt < QUICK_TRIES) {
    return backoffDelay(attempt, random, base, Math.min(cap, QUICK_CAP_MS));
  }
  return backoffDelay(attempt - QUICK_TRIES + 3, random, base, cap);
}
