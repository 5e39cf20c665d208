import type { Database } from 'better-sqlite3';
import type { Without } from './message-store.ts';

/** Pending callbacks by when they are to be tried. */
export interface DueReader {
  /** Ids of those whose time has come, longest overdue first. */
  due(now: number, limit: number, without?: Without): string[];
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
  const dueOf = db
    .prepare(
      `SELECT id, next_attempt_at FROM inbound INDEXED BY inbound_due
       WHERE outcome = 'pending' AND target IS ? AND next_attempt_at <= ? ORDER BY next_attempt_at LIMIT ?`,
    )
    .raw();
  const oldest = db
    .prepare(
      `SELECT received_at FROM inbound INDEXED BY inbound_oldest
       WHERE outcome = 'pending' ORDER BY received_at LIMIT 1`,
    )
    .pluck();
  return {
    due: (now, limit, { targets: away = [], ids = new Set() } = {}) =>
      [null, ...targets.all().map(String)]
        .filter((target) => target === null || !away.includes(target))
        // Those that are left out are mostly the longest overdue.
        .flatMap((target) => dueOf.all(target, now, limit + ids.size) as [string, number][])
        .filter(([id]) => !ids.has(id))
        .toSorted(([, one], [, other]) => one - other)
        .slice(0, limit)
        .map(([id]) => id),
    oldest: () => {
      const at = oldest.get();
      return typeof at === 'number' ? at : null;
    },
  };
}
