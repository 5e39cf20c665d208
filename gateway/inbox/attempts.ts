import type { Database } from 'better-sqlite3';
import * as z from 'zod';
import { MAX_ATTEMPTS, type DeliveryAttempt } from '../../common/domain/history.ts';
import type { ErrorInfo } from '../../common/errors/app-error.ts';
import { readError } from './rows.ts';

/** Attempts go with their message, whoever deletes it. */
export const attemptSchema = `
  CREATE TABLE attempt (
    message TEXT NOT NULL,
    n INTEGER NOT NULL,
    at INTEGER NOT NULL,
    target TEXT,
    duration_ms REAL,
    outcome TEXT NOT NULL,
    status INTEGER,
    errcode INTEGER,
    error_code TEXT,
    error_params TEXT,
    PRIMARY KEY (message, n)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER attempt_of_inbound AFTER DELETE ON inbound BEGIN DELETE FROM attempt WHERE message = OLD.id; END;
  CREATE TRIGGER attempt_of_outbound AFTER DELETE ON outbound BEGIN DELETE FROM attempt WHERE message = OLD.id; END;
`;

/** An attempt that has ended, as it is written down. */
export type NewAttempt = Omit<DeliveryAttempt, 'n' | 'retryOf'>;

/** What was tried with each message; the last {@link MAX_ATTEMPTS} of it. */
export interface Attempts {
  /** To be called inside the transaction that writes what came of it. */
  add(message: string, attempts: readonly NewAttempt[]): void;
  of(message: string): DeliveryAttempt[];
}

const AttemptSql = z.object({
  n: z.number(),
  at: z.number(),
  target: z.string().nullable(),
  duration_ms: z.number().nullable(),
  outcome: z.enum(['taken', 'failed', 'unknown']),
  status: z.number().nullable(),
  errcode: z.number().nullable(),
  error_code: z.string().nullable(),
  error_params: z.string().nullable(),
});

export function createAttempts(db: Database): Attempts {
  const last = db.prepare('SELECT coalesce(max(n), 0) FROM attempt WHERE message = ?').pluck();
  const insert = db.prepare(`
    INSERT INTO attempt (message, n, at, target, duration_ms, outcome, status, errcode, error_code, error_params)
    VALUES (@message, @n, @at, @target, @durationMs, @outcome, @status, @errcode, @errorCode, @errorParams)`);
  const trim = db.prepare('DELETE FROM attempt WHERE message = ? AND n <= ?');
  const all = db.prepare('SELECT * FROM attempt WHERE message = ? ORDER BY n');
  return {
    add(message, attempts) {
      if (attempts.length === 0) return;
      let n = Number(last.get(message));
      for (const { error, ...attempt } of attempts) {
        n += 1;
        insert.run({ ...attempt, message, n, ...columnsOf(error) });
      }
      if (n > MAX_ATTEMPTS) trim.run(message, n - MAX_ATTEMPTS);
    },
    of: (message) =>
      all.all(message).map((sql): DeliveryAttempt => {
        const row = AttemptSql.parse(sql);
        return {
          n: row.n,
          at: row.at,
          target: row.target,
          durationMs: row.duration_ms,
          outcome: row.outcome,
          status: row.status,
          errcode: row.errcode,
          error: readError(row.error_code, row.error_params),
          retryOf: row.n === 1 ? null : row.n - 1,
        };
      }),
  };
}

function columnsOf(error: ErrorInfo | null): {
  errorCode: string | null;
  errorParams: string | null;
} {
  return {
    errorCode: error?.code ?? null,
    errorParams: error === null ? null : JSON.stringify(error.params),
  };
}
