import type { Database } from 'better-sqlite3';
import { lowestId } from './ids.ts';

/** Every statement of the store but the list's and the hot writes', prepared once. */
export interface Statements {
  /** Whether it was a dead letter. */
  redrive(id: string, now: number): boolean;
  recover(now: number): void;
  countPending(): number;
  lateDue(limit: number): string[];
  inbound(id: string): unknown;
  outbound(id: string): unknown;
  /** Deletes up to `limit` finished rows of each table from before `before` (milliseconds); returns how many went. */
  prune(before: number, limit: number): number;
}

/** Prepares {@link Statements} on `db`. */
export function prepareStatements(db: Database): Statements {
  const lateDue = db
    .prepare(`SELECT id FROM inbound WHERE late_reply IS NOT NULL ORDER BY id LIMIT ?`)
    .pluck();
  const inbound = db.prepare(`SELECT * FROM inbound WHERE id = ?`);
  const outbound = db.prepare(`SELECT * FROM outbound WHERE id = ?`);
  const countPending = db.prepare(`SELECT count(*) FROM inbound WHERE outcome = 'pending'`).pluck();
  // What was scheduled is as old as the moment it left.
  const prunes = (
    [
      ['inbound', ''],
      ['outbound', 'AND coalesce(send_at, 0) < @before'],
    ] as const
  ).map(([table, also]) =>
    db.prepare(
      `DELETE FROM ${table} WHERE rowid IN
         (SELECT rowid FROM ${table} WHERE id < @id AND outcome <> 'pending' ${also} ORDER BY id LIMIT @limit)`,
    ),
  );
  const redrive = db.prepare(`
    UPDATE inbound SET outcome = 'pending', attempts = 0, next_attempt_at = @now, redriven_at = @now,
      error_code = NULL, error_params = NULL
    WHERE id = @id AND outcome = 'failed' AND raw_hash IS NULL`);
  const recoverInbound = db.prepare(
    `UPDATE inbound SET next_attempt_at = ? WHERE outcome = 'pending' AND attempts = 0`,
  );

  return {
    redrive: (id, now) => redrive.run({ id, now }).changes === 1,
    recover: (now) => void recoverInbound.run(now),
    countPending: () => Number(countPending.get()),
    lateDue: (limit) => lateDue.all(limit).map(String),
    inbound: (id) => inbound.get(id),
    outbound: (id) => outbound.get(id),
    prune: (before, limit) =>
      prunes.reduce(
        (count, prune) => count + prune.run({ id: lowestId(before), before, limit }).changes,
        0,
      ),
  };
}
