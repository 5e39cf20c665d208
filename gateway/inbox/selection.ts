import type { Database } from 'better-sqlite3';
import type { MessageSelection } from '../../common/domain/replay.ts';
import { lowestId } from './ids.ts';
import { createPeriods, PERIOD_OF_ID, SENDER_INDEX } from './periods.ts';

/** Reads the callbacks that a selection names, in the order of receipt. */
export interface SelectionReader {
  /** Rows after `after`, at most `limit`. */
  select(selection: MessageSelection, after: string, limit: number): unknown[];
  /** How many there are; null for more than `most`. */
  count(selection: MessageSelection, most: number): number | null;
}

/**
 * Each query walks one index in the order of ids and stops at its limit, however large the table is. Of one sender there is an index
 * for each period: they are walked one after the other.
 */
export function createSelectionReader(db: Database): SelectionReader {
  const periods = createPeriods(db);

  function where(selection: MessageSelection, after: string): Where {
    const conditions: string[] = [];
    const values: string[] = [];
    const add = (sql: string, value: string | undefined): void => {
      if (value === undefined) return;
      conditions.push(sql);
      values.push(value);
    };
    const { from, to, ids } = selection;
    // One lower bound: of two SQLite would take the first to begin with, and walk from there to the other.
    const first = from === undefined ? '' : lowestId(from);
    add(after < first ? 'id >= ?' : 'id > ?', after < first ? first : after);
    add('id < ?', to === undefined ? undefined : lowestId(to));
    add(
      'id IN (SELECT value FROM json_each(?))',
      ids === undefined ? undefined : JSON.stringify(ids),
    );
    add('bot = ?', selection.bot);
    add('sender = ? COLLATE NOCASE', selection.user);
    add('label = ? COLLATE NOCASE', selection.type);
    add('outcome = ?', selection.outcome);
    const indexed = selection.user === undefined ? '' : ` INDEXED BY ${SENDER_INDEX}`;
    return { sql: `inbound${indexed} WHERE ${conditions.join(' AND ')}`, values };
  }

  /** The queries that together read a selection, in the order of ids. */
  function* parts(selection: MessageSelection, after: string): Iterable<Where> {
    const whole = where(selection, after);
    if (selection.user === undefined) {
      yield whole;
      return;
    }
    const first = selection.from === undefined ? '' : lowestId(selection.from);
    const end = selection.to === undefined ? undefined : lowestId(selection.to);
    for (const period of periods.oldestFirst(after < first ? first : after)) {
      if (end !== undefined && period > end) return;
      yield { sql: `${whole.sql} AND ${PERIOD_OF_ID} = ?`, values: [...whole.values, period] };
    }
  }

  return {
    select(selection, after, limit) {
      const rows: unknown[] = [];
      for (const { sql, values } of parts(selection, after)) {
        const statement = db.prepare(`SELECT * FROM ${sql} ORDER BY id LIMIT ?`);
        rows.push(...statement.all(...values, limit - rows.length));
        if (rows.length >= limit) break;
      }
      return rows;
    },
    count(selection, most) {
      let count = 0;
      for (const { sql, values } of parts(selection, '')) {
        const statement = db.prepare(`SELECT count(*) FROM (SELECT 1 FROM ${sql} LIMIT ?)`).pluck();
        count += Number(statement.get(...values, most + 1 - count));
        if (count > most) return null;
      }
      return count;
    },
  };
}

/** What stands behind FROM. */
interface Where {
  readonly sql: string;
  readonly values: readonly string[];
}
