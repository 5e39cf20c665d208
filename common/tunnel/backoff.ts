import { timing } from './protocol.ts';

/**
 * How long to wait before try `attempt` (0 is the first retry): full jitter over a doubling, capped range. The jitter is
 * drawn after the cap, so that a long outage does not line all devices up. `random` gives [0, 1).
 */
export function backoffDelay(
  attempt: number,
  random: () => number,
  base: number = timing.backoffBase,
  cap: number = timing.backoffCap,
): number {
  const range = Math.min(cap, base * 2 ** Math.min(attempt, 30));
  return Math.round(random() * range);
}
