import type { Logger } from '../../common/domain/log.ts';

/** What has been opened and has to be closed, the newest first. */
export interface Closers {
  add(name: string, close: () => Promise<void> | void): void;
  /** Closes everything; one that fails is logged and does not keep the others open. */
  run(log: Logger): Promise<void>;
}

export function createClosers(): Closers {
  const open: { name: string; close: () => Promise<void> | void }[] = [];
  return {
    add: (name, close) => void open.push({ name, close }),
    async run(log) {
      for (let last = open.pop(); last !== undefined; last = open.pop()) {
        try {
          await last.close();
        } catch (error) {
          log.error({ part: last.name, err: error }, 'a part did not close cleanly');
        }
      }
    },
  };
}

/** Waits for `work`, but not longer than `ms`. */
export async function withinMs(work: Promise<unknown>, ms: number): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, late]);
  clearTimeout(timer);
}
