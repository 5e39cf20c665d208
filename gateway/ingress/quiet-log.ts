import type { Logger } from '../../common/domain/log.ts';

const INTERVAL_MS = 1_000;

/**
 * A warning that anybody outside can cause: at most one line a second for each `message`, with how many were left out, so
 * that a flood of forged callbacks does not fill the disk with log.
 */
export function createQuietLog(
  log: Logger,
  now: () => number,
): (fields: object, message: string) => void {
  const last = new Map<string, { at: number; omitted: number }>();
  return (fields, message) => {
    const entry = last.get(message);
    if (entry !== undefined && now() - entry.at < INTERVAL_MS) {
      entry.omitted += 1;
      return;
    }
    log.warn({ ...fields, omitted: entry?.omitted ?? 0 }, message);
    last.set(message, { at: now(), omitted: 0 });
  };
}
