import type { Database } from 'better-sqlite3';
import { AppError, type ErrorInfo } from '../../common/errors/app-error.ts';
import { reasonOf } from './schema.ts';

export interface GroupCommitOptions {
  /** Longest that a write waits for company, milliseconds. */
  readonly maxWaitMs: number;
  /** Writes of one transaction. */
  readonly maxBatch: number;
  /** Writes and bytes that may wait; more are refused at once. */
  readonly maxWaiting: number;
  readonly maxWaitingBytes: number;
  /** Told after each transaction. */
  readonly onCommit?: (commit: { seconds: number; size: number; failed: number }) => void;
}

/** Many writes, one fsync. */
export interface GroupCommit {
  /**
   * Runs `write` in the next transaction and resolves with its result once that is on disk. Rejects with
   * STORE_UNAVAILABLE {reason}; `queue_full` when too much waits already.
   */
  submit<R>(bytes: number, write: () => R): Promise<R>;
  /** Commits what waits, now. */
  flush(): void;
  readonly waiting: number;
  readonly failure: ErrorInfo | null;
}

interface Waiting {
  readonly bytes: number;
  run(): void;
  done(): void;
  fail(error: AppError): void;
}

/** Failures of one row. Anything else (disk full, locked, closed) is the store's, and trying row by row cannot help. */
const rowFailure = /^SQLITE_(CONSTRAINT|TOOBIG|MISMATCH|RANGE)/;

/** Collects writes to `db` and commits them together (gateway.md §0.1). */
export function createGroupCommit(db: Database, options: GroupCommitOptions): GroupCommit {
  let queue: Waiting[] = [];
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;
  let failure: ErrorInfo | null = null;
  const together = db.transaction((batch: readonly Waiting[]) => {
    for (const entry of batch) entry.run();
  });

  function unavailable(error: unknown): AppError {
    const reason = db.open ? reasonOf(error) : 'closed';
    const wrapped = new AppError('STORE_UNAVAILABLE', { reason }, { cause: error });
    failure = wrapped.toInfo();
    return wrapped;
  }

  function one(entry: Waiting): unknown {
    try {
      together.immediate([entry]);
    } catch (error) {
      return error;
    }
    return undefined;
  }

  /** Returns how many writes failed. */
  function singly(batch: readonly Waiting[]): number {
    let failed = 0;
    let storeFailure: AppError | undefined;
    for (const entry of batch) {
      const error = storeFailure ?? one(entry);
      if (error === undefined) {
        failure = null;
        entry.done();
        continue;
      }
      failed += 1;
      if (storeFailure === undefined && !isRowFailure(error)) storeFailure = unavailable(error);
      entry.fail(
        storeFailure ??
          new AppError('STORE_UNAVAILABLE', { reason: reasonOf(error) }, { cause: error }),
      );
    }
    return failed;
  }

  function isRowFailure(error: unknown): boolean {
    if (!db.open) return false;
    const reason = reasonOf(error);
    return reason === 'unknown' || rowFailure.test(reason);
  }

  function commit(batch: readonly Waiting[]): void {
    const start = performance.now();
    let failed = 0;
    try {
      together.immediate(batch);
      failure = null;
      for (const entry of batch) entry.done();
    } catch (error) {
      if (isRowFailure(error)) {
        failed = singly(batch);
      } else {
        failed = batch.length;
        const wrapped = unavailable(error);
        for (const entry of batch) entry.fail(wrapped);
      }
    }
    options.onCommit?.({
      seconds: (performance.now() - start) / 1000,
      size: batch.length,
      failed,
    });
  }

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    while (queue.length > 0) {
      const batch = queue.slice(0, options.maxBatch);
      queue = queue.slice(options.maxBatch);
      bytes -= batch.reduce((sum, entry) => sum + entry.bytes, 0);
      commit(batch);
    }
  }

  return {
    submit: <R>(size: number, write: () => R) =>
      new Promise<R>((resolve, reject) => {
        if (queue.length >= options.maxWaiting || bytes + size > options.maxWaitingBytes) {
          reject(new AppError('STORE_UNAVAILABLE', { reason: 'queue_full' }));
          return;
        }
        let result: R;
        queue.push({
          bytes: size,
          run: () => {
            result = write();
          },
          done: () => resolve(result),
          fail: reject,
        });
        bytes += size;
        if (queue.length >= options.maxBatch) flush();
        else timer ??= setTimeout(flush, options.maxWaitMs);
      }),
    flush,
    get waiting() {
      return queue.length;
    },
    get failure() {
      return failure;
    },
  };
}
