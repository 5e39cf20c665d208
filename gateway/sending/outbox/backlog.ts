import { AppError } from '../../../common/errors/app-error.ts';

/** What one bot may have waiting. */
const MAX_QUEUED = 1_000;
const MAX_QUEUED_BYTES = 64 << 20;

/** What each bot has waiting. */
export interface Backlog {
  /** Counts messages in, or out where negative. */
  add(bot: string, count: number, bytes: number): void;
  /**
   * Counts messages in before they are stored, and out again where that fails. Throws BUSY {retryAfterMs, limit} where it is too
   * much; `waitMs` says when there will be room.
   */
  claim<T>(
    bot: string,
    count: number,
    bytes: number,
    waitMs: () => number,
    store: () => Promise<T>,
  ): Promise<T>;
}

export function createBacklog(): Backlog {
  const load = new Map<string, { count: number; bytes: number }>();
  const of = (bot: string) => load.get(bot) ?? { count: 0, bytes: 0 };
  const add = (bot: string, count: number, bytes: number): void => {
    const held = of(bot);
    held.count += count;
    held.bytes += bytes;
    if (held.count === 0) load.delete(bot);
    else load.set(bot, held);
  };
  return {
    add,
    async claim(bot, count, bytes, waitMs, store) {
      const held = of(bot);
      if (held.count + count > MAX_QUEUED || held.bytes + bytes > MAX_QUEUED_BYTES) {
        throw new AppError('BUSY', { retryAfterMs: Math.max(1_000, waitMs()), limit: MAX_QUEUED });
      }
      add(bot, count, bytes);
      try {
        return await store();
      } catch (error) {
        add(bot, -count, -bytes);
        throw error;
      }
    },
  };
}
