const BASE_MS = 1_000;
const CAP_MS = 5 * 60_000;

/**
 * How long a message waits after its `attempts`-th failed delivery, milliseconds: doubling from one second to five
 * minutes, then between half and all of that, so that a target that comes back is not met by all messages at once.
 * `random` gives [0, 1).
 */
export function retryDelay(attempts: number, random: () => number): number {
  const range = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(Math.max(0, attempts - 1), 30));
  return Math.round(range / 2 + (random() * range) / 2);
}
