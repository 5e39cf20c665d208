import type { Database } from 'better-sqlite3';
import { AppError, type ErrorInfo } from '../../common/errors/app-error.ts';
import { createBatchRunner, type BatchResult, type WriteResult } from './batch.ts';
import type { DoHotWrite, HotWrite } from './hot-writes.ts';
import type { StartedThread, WriteThread } from './write-thread.ts';

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
  /** How hot writes are done on this thread, and the way to another one that takes them over. */
  readonly hot?: {
    readonly write: DoHotWrite;
    /** Hot writes of one transaction from which on another thread is worth its cost. */
    readonly threadFrom: number;
    /** `onLost` is told when it dies. */
    readonly startThread: (onLost: () => void) => StartedThread;
  };
}

/** Many writes, one fsync. */
export interface GroupCommit {
  /**
   * Runs `write` in the next transaction and resolves with its result once that is on disk. Rejects with
   * STORE_UNAVAILABLE {reason}; `queue_full` when too much waits already.
   */
  submit<R>(bytes: number, write: () => R): Promise<R>;
  /** The same for a write that any thread can do; resolves with what {@link DoHotWrite} gives. */
  submitHot(bytes: number, write: HotWrite): Promise<unknown>;
  /** Runs `write` now, between two transactions. For the upkeep, which need not wait for company. */
  now<R>(write: () => R): R;
  /** Commits what waits, now, and ends the other thread. */
  close(): void;
  readonly waiting: number;
  readonly failure: ErrorInfo | null;
}

interface Waiting {
  readonly bytes: number;
  /** Null for one that only this thread can do. */
  readonly hot: HotWrite | null;
  run(): unknown;
  done(value: unknown): void;
  fail(error: AppError): void;
}

/** How long to leave it after a thread died or could not be had, milliseconds. */
const THREAD_AGAIN_MS = 10_000;

/**
 * Collects writes to `db` and commits them together (gateway.md §0.1), in the order in which they were submitted. Under load the hot
 * ones go to a thread of their own; while that works nothing is written here, so that the two never wait for each other's lock.
 */
export function createGroupCommit(db: Database, options: GroupCommitOptions): GroupCommit {
  const { hot } = options;
  const runBatch = createBatchRunner(db);
  let queue: Waiting[] = [];
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  let failure: ErrorInfo | null = null;
  let thread: WriteThread | null = null;
  /** The same from its start on. */
  let starting: StartedThread | null = null;
  let threadAt = 0;
  /** The thread has a batch. */
  let busy = false;
  /** Nothing new is to be begun. */
  let held = false;
  let closed = false;

  function errorOf(result: WriteResult & { ok: false }): AppError {
    const { reason, cause } = result;
    return new AppError('STORE_UNAVAILABLE', { reason }, cause === undefined ? {} : { cause });
  }

  function settle(batch: readonly Waiting[], { results, storeFailure }: BatchResult): number {
    let failed = 0;
    failure =
      storeFailure === null
        ? null
        : new AppError('STORE_UNAVAILABLE', { reason: storeFailure }).toInfo();
    for (const [index, entry] of batch.entries()) {
      const result = results[index];
      if (result?.ok === true) {
        entry.done(result.value);
        continue;
      }
      failed += 1;
      entry.fail(errorOf(result ?? { ok: false, reason: 'unknown' }));
    }
    return failed;
  }

  function finish(batch: readonly Waiting[], result: BatchResult, started: number): void {
    const failed = settle(batch, result);
    const seconds = (performance.now() - started) / 1000;
    options.onCommit?.({ seconds, size: batch.length, failed });
  }

  /** The next writes for one transaction: with a thread, of one kind only. */
  function nextBatch(): Waiting[] {
    let size = Math.min(queue.length, options.maxBatch);
    if (thread !== null) {
      const forThread = queue[0]?.hot !== null;
      const end = queue.findIndex((entry) => (entry.hot !== null) !== forThread);
      if (end !== -1) size = Math.min(size, end);
    }
    const batch = queue.slice(0, size);
    queue = queue.slice(size);
    for (const entry of batch) bytes -= entry.bytes;
    return batch;
  }

  function commitHere(batch: readonly Waiting[]): void {
    const started = performance.now();
    finish(batch, runBatch(batch.map((entry) => () => entry.run())), started);
    if (hot !== undefined && thread === null && batch.length >= hot.threadFrom) startThread();
  }

  function commitThere(to: WriteThread, batch: readonly Waiting[]): void {
    const started = performance.now();
    busy = true;
    to.run(
      batch.flatMap(({ hot: write }) => (write === null ? [] : [write])),
      (result) => {
        busy = false;
        finish(batch, result, started);
        if (queue.length > 0) commitAll();
      },
    );
  }

  function commitAll(): void {
    clearTimeout(timer);
    timer = undefined;
    clearImmediate(turn);
    turn = undefined;
    if (held) return;
    while (queue.length > 0 && !busy) {
      const batch = nextBatch();
      if (thread !== null && batch[0]?.hot !== null) commitThere(thread, batch);
      else commitHere(batch);
    }
  }

  function startThread(): void {
    const at = performance.now();
    if (hot === undefined || closed || (threadAt !== 0 && at - threadAt < THREAD_AGAIN_MS)) return;
    threadAt = at;
    const lose = (): void => {
      thread = null;
      starting = null;
      busy = false;
      threadAt = performance.now();
      if (queue.length > 0) commitAll();
    };
    starting = hot.startThread(lose);
    void starting.ready.then((ready) => {
      if (!closed) thread = ready;
    });
  }

  function schedule(): void {
    if (busy || held) return;
    if (queue.length >= options.maxBatch) commitAll();
    // While the thread works others gather; so there is no need to wait when it does not.
    else if (thread !== null) turn ??= setImmediate(commitAll);
    else timer ??= setTimeout(commitAll, options.maxWaitMs);
  }

  function add<R>(size: number, write: HotWrite | null, run: () => R): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      if (queue.length >= options.maxWaiting || bytes + size > options.maxWaitingBytes) {
        reject(new AppError('STORE_UNAVAILABLE', { reason: 'queue_full' }));
        return;
      }
      queue.push({
        bytes: size,
        hot: write,
        run,
        // The transaction gives back what `run` gave.
        done: (value) => resolve(value as R),
        fail: reject,
      });
      bytes += size;
      schedule();
    });
  }

  function pause(): void {
    held = true;
    thread?.finish();
  }

  return {
    submit: (size, write) => add(size, null, write),
    submitHot(size, write) {
      if (hot === undefined) throw new Error('no hot writes here');
      return add(size, write, () => hot.write(write));
    },
    now(write) {
      pause();
      try {
        return write();
      } finally {
        held = false;
        if (queue.length > 0) schedule();
      }
    },
    close() {
      closed = true;
      pause();
      starting?.close();
      starting = null;
      thread = null;
      held = false;
      commitAll();
    },
    get waiting() {
      return queue.length;
    },
    get failure() {
      return failure;
    },
  };
}
