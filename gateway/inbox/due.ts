import type { Database } from 'better-sqlite3';

/** A row as SQLite gives it. */
type Row = Readonly<Record<string, unknown>>;

/** Pending callbacks by when they are to be tried. */
export interface DueReader {
  /** Those whose time has come, longest overdue first, without those of the targets in `except`. */
  due(now: number, limit: number, except: readonly string[]): Row[];
  /** Receipt of the oldest that is pending, milliseconds since the epoch; null where none is. */
  oldest(): number | null;
}

/**
 * What it costs depends on the number of targets and never on the backlog: while a target is away, hundreds of thousands of its
 * callbacks may wait, and this is asked twice a second and after each delivery. Without `INDEXED BY` SQLite reads all that is pending
 * and sorts it, since it takes an equality for better than an order.
 */
export function createDueReader(db: Database): DueReader {
  // Each step seeks the next name, so that the rows between are not read.
  const targets = db
    .prepare(
      `WITH RECURSIVE named(target) AS (
         SELECT (SELECT target FROM inbound INDEXED BY inbound_due
           WHERE outcome = 'pending' AND target > '' ORDER BY target LIMIT 1)
         UNION ALL
         SELECT (SELECT target FROM inbound INDEXED BY inbound_due
           WHERE outcome = 'pending' AND target > named.target ORDER BY target LIMIT 1)
         FROM named WHERE named.target IS NOT NULL)
       SELECT target FROM named WHERE target IS NOT NULL`,
    )
    .pluck();
  const dueOf = db.prepare(
    `SELECT * FROM inbound INDEXED BY inbound_due
     WHERE outcome = 'pending' AND target IS ? AND next_attempt_at <= ? ORDER BY next_attempt_at LIMIT ?`,
  );
  const oldest = db
    .prepare(
      `SELECT received_at FROM inbound INDEXED BY inbound_oldest
       WHERE outcome = 'pending' ORDER BY received_at LIMIT 1`,
    )
    .pluck();
  return {
    due: (now, limit, except) =>
      [null, ...targets.all().map(String)]
        .filter((target) => target === null || !except.includes(target))
        .flatMap((target) => dueOf.all(target, now, limit) as Row[])
        .toSorted((one, other) => Number(one['next_attempt_at']) - Number(other['next_attempt_at']))
        .slice(0, limit),
    oldest: () => {
      const at = oldest.get();
      return typeof at === 'number' ? at : null;
    },
  };
}
