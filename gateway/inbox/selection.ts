import type { Database } from 'better-sqlite3';
import type { MessageSelection } from '../../common/domain/replay.ts';
import { lowestId } from './ids.ts';

/** Reads the callbacks that a selection names, in the order of receipt. */
export interface SelectionReader {
  /** Rows after `after`, at most `limit`. */
  select(selection: MessageSelection, after: string, limit: number): unknown[];
  /** How many there are; null for more than `most`. */
  count(selection: MessageSelection, most: number): number | null;
}

/** Each query walks one index in the order of ids and stops at its limit, however large the table is. */
export function createSelectionReader(db: Database): SelectionReader {
  function where(selection: MessageSelection, after: string): { sql: string; values: string[] } {
    const conditions: string[] = [];
    const values: string[] = [];
    const add = (sql: string, value: string | undefined): void => {
      if (value === undefined) return;
      conditions.push(sql);
      values.push(value);
    };
    const { from, to, ids } = selection;
    add('id > ?', after);
    add('id >= ?', from === undefined ? undefined : lowestId(from));
    add('id < ?', to === undefined ? undefined : lowestId(to));
    add(
      'id IN (SELECT value FROM json_each(?))',
      ids === undefined ? undefined : JSON.stringify(ids),
    );
    add('bot = ?', selection.bot);
    add('sender = ? COLLATE NOCASE', selection.user);
    add('label = ? COLLATE NOCASE', selection.type);
    add('outcome = ?', selection.outcome);
    return { sql: conditions.join(' AND '), values };
  }
  return {
    select(selection, after, limit) {
      const { sql, values } = where(selection, after);
      return db
        .prepare(`SELECT * FROM inbound WHERE ${sql} ORDER BY id LIMIT ?`)
        .all(...values, limit);
    },
    count(selection, most) {
      const { sql, values } = where(selection, '');
      const count = Number(
        db
          .prepare(`SELECT count(*) FROM (SELECT 1 FROM inbound WHERE ${sql} LIMIT ?)`)
          .pluck()
          .get(...values, most + 1),
      );
      return count > most ? null : count;
    },
  };
}
