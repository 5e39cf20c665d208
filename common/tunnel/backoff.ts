import { timing } from './protocol.ts';

/** Tries for which the wait stays short: about two minutes of them, in which most relays that restart are back. */
const EARLY_TRIES = 120;
const EARLY_CAP_MS = 2_000;

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
 * The same, but for the first 120 tries not beyond `early` (or `base`, where that is more): 2 s where a failed try costs nobody anything, because nothing
 * answers there or the network says no at once. So a relay that restarts is found within seconds.
 */
export function earlyDelay(
  attempt: number,
  random: () => number,
  early: number = EARLY_CAP_MS,
  base: number = timing.backoffBase,
  cap: number = timing.backoffCap,
): number {
  if (attempt < EARLY_TRIES) return backoffDelay(attempt, random, base, Math.min(cap, early));
  return backoffDelay(attempt - EARLY_TRIES + 3, random, base, cap);
}
