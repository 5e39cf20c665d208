import type { Database } from 'better-sqlite3';

/** Many writes, one transaction, one fsync. */
export interface GroupCommit {
  /** Runs `write` in the next transaction; resolves with its result once that is on disk, rejects when it cannot be. */
  submit<R>(write: () => R): Promise<R>;
  /** Commits what waits, now. */
  flush(): void;
}

interface Waiting {
  readonly run: () => void;
  readonly done: () => void;
  readonly fail: (error: unknown) => void;
}

const MAX_WAIT_MS = 2;
const MAX_BATCH = 256;
/** Beyond this the disk does not keep up, and whoever asks has to be told at once. */
const MAX_WAITING = 4_096;

export function createGroupCommit(database: Database): GroupCommit {
  let queue: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;
  const together = database.transaction((batch: readonly Waiting[]) => {
    for (const entry of batch) entry.run();
  });
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    while (queue.length > 0) {
      const batch = queue.slice(0, MAX_BATCH);
      queue = queue.slice(MAX_BATCH);
      try {
        together.immediate(batch);
        for (const entry of batch) entry.done();
      } catch (error) {
        for (const entry of batch) entry.fail(error);
      }
    }
  };
  return {
    submit: <R>(write: () => R) =>
      new Promise<R>((resolve, reject) => {
        if (queue.length >= MAX_WAITING) {
          reject(new Error('too many writes wait'));
          return;
        }
        let result: R;
        queue.push({
          run: () => {
            result = write();
          },
          done: () => resolve(result),
          fail: reject,
        });
        if (queue.length >= MAX_BATCH) flush();
        else timer ??= setTimeout(flush, MAX_WAIT_MS);
      }),
    flush,
  };
}
