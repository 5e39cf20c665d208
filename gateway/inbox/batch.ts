import type { Database } from 'better-sqlite3';
import { reasonOf } from './schema.ts';

/** How one write of a batch ended; `reason` is SQLite's code, or a word of ours. */
export type WriteResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: string; readonly cause?: unknown };

export interface BatchResult {
  /** One for each write. */
  readonly results: readonly WriteResult[];
  /** Why the store itself fails; null where it took what could be taken. */
  readonly storeFailure: string | null;
}

/** Failures of one row. Anything else (disk full, locked, closed) is the store's, and trying row by row cannot help. */
const rowFailure = /^SQLITE_(CONSTRAINT|TOOBIG|MISMATCH|RANGE)/;

/** Runs writes in one transaction that is on disk when it returns; never throws. Where a row is at fault, each by itself. */
export type RunBatch = (writes: readonly (() => unknown)[]) => BatchResult;

export function createBatchRunner(db: Database): RunBatch {
  const together = db.transaction((writes: readonly (() => unknown)[]) =>
    writes.map((write) => write()),
  );
  const reason = (error: unknown): string => (db.open ? reasonOf(error) : 'closed');

  function isRowFailure(why: string): boolean {
    return why === 'unknown' || rowFailure.test(why);
  }

  function singly(writes: readonly (() => unknown)[]): BatchResult {
    let storeFailure: WriteResult | null = null;
    const results = writes.map((write): WriteResult => {
      if (storeFailure !== null) return storeFailure;
      try {
        return { ok: true, value: together.immediate([write])[0] };
      } catch (cause) {
        const failed = { ok: false, reason: reason(cause), cause } as const;
        if (!isRowFailure(failed.reason)) storeFailure = failed;
        return failed;
      }
    });
    const last = results.at(-1);
    const failed = storeFailure !== null && last !== undefined && !last.ok;
    return { results, storeFailure: failed ? last.reason : null };
  }

  return (writes) => {
    try {
      const values = together.immediate(writes);
      return { results: values.map((value) => ({ ok: true, value })), storeFailure: null };
    } catch (cause) {
      const why = reason(cause);
      if (isRowFailure(why)) return singly(writes);
      const failed = { ok: false, reason: why, cause } as const;
      return { results: writes.map(() => failed), storeFailure: why };
    }
  };
}
