import type { Database, Statement } from 'better-sqlite3';
import type { MessageQuery, MessageRow } from '../../common/domain/history.ts';
import { createPeriods, PERIOD_OF_ID, SENDER_INDEX } from './periods.ts';
import { toMessageRow } from './rows.ts';

/** How many different senders or types a searched prefix may stand for; more are left out. */
const SEARCH_VALUES = 20;
const LAST_CHARACTER = '\u{10ffff}';

const columns = {
  in: `id, received_at AS at, bot, label, event IS NOT NULL AS is_event, sender, msg_id, outcome, duration_ms, repeats,
       error_code, error_params, NULL AS send_at`,
  out: `id, at, bot, label, 0 AS is_event, NULL AS sender, NULL AS msg_id, outcome, duration_ms, 0 AS repeats,
        error_code, error_params, send_at`,
} as const;
const tables = { in: 'inbound', out: 'outbound' } as const;

type Direction = keyof typeof tables;
interface Condition {
  readonly sql: string;
  readonly values: readonly string[];
  /** The index to take; the one that SQLite thinks best where it is left out. */
  readonly index?: string;
}

/** The message list, newest first, by keyset paging: each query walks one index and stops at `limit`. */
export function createHistory(db: Database): {
  list(query: MessageQuery): { rows: MessageRow[]; more: boolean };
} {
  const periods = createPeriods(db);
  // A search asks the same of period after period; there are as many texts as ways to filter, and no more.
  const statements = new Map<string, Statement>();

  function prepared(sql: string): Statement {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const made = db.prepare(sql);
    statements.set(sql, made);
    return made;
  }

  function select(
    direction: Direction,
    query: MessageQuery,
    extra: Condition | null,
    limit: number,
  ): MessageRow[] {
    const conditions: Condition[] = [];
    if (extra !== null) conditions.push(extra);
    if (query.before !== undefined) conditions.push({ sql: 'id < ?', values: [query.before] });
    if (query.bot !== undefined) conditions.push({ sql: 'bot = ?', values: [query.bot] });
    if (query.outcome !== undefined)
      conditions.push({ sql: 'outcome = ?', values: [query.outcome] });
    const indexed = extra?.index === undefined ? '' : `INDEXED BY ${extra.index}`;
    const where =
      conditions.length === 0
        ? ''
        : `WHERE ${conditions.map((condition) => condition.sql).join(' AND ')}`;
    return prepared(
      `SELECT ${columns[direction]} FROM ${tables[direction]} ${indexed} ${where} ORDER BY id DESC LIMIT ?`,
    )
      .all(...conditions.flatMap((condition) => condition.values), limit)
      .map((row) => toMessageRow(direction, row));
  }

  /** Different values of `column` that start with `prefix`, by hopping along its index; `within` is what comes before it there. */
  function startingWith(
    direction: Direction,
    column: 'sender' | 'label',
    prefix: string,
    within: Condition | null,
  ): string[] {
    const table = tables[direction];
    const also = within === null ? '' : `${within.sql} AND `;
    const next = (operator: '>=' | '>'): ((from: string) => unknown) => {
      const statement = prepared(
        `SELECT ${column} FROM ${table} WHERE ${also}${column} ${operator} ? COLLATE NOCASE AND ${column} <= ? COLLATE NOCASE
           ORDER BY ${column} COLLATE NOCASE LIMIT 1`,
      ).pluck();
      return (from) => statement.get(...(within?.values ?? []), from, prefix + LAST_CHARACTER);
    };
    const after = next('>');
    const found: string[] = [];
    let value = next('>=')(prefix);
    while (typeof value === 'string' && found.length < SEARCH_VALUES) {
      found.push(value);
      value = after(value);
    }
    return found;
  }

  /** What the search words may match, each as a condition that one index serves; senders are sought by {@link bySender}. */
  function searched(direction: Direction, words: string): Condition[] {
    const labels = startingWith(direction, 'label', words, null);
    return [
      { sql: 'id = ?', values: [words] },
      ...labels.map((label) => ({ sql: 'label = ? COLLATE NOCASE', values: [label] })),
      ...(direction === 'in' ? [{ sql: 'msg_id = ?', values: [words] }] : []),
    ];
  }

  /** The newest of senders whose name starts with `prefix`. */
  function bySender(query: MessageQuery, prefix: string, limit: number): MessageRow[] {
    const rows: MessageRow[] = [];
    for (const period of periods.newestFirst(query.before ?? LAST_CHARACTER)) {
      const within = { sql: `${PERIOD_OF_ID} = ?`, values: [period] };
      for (const sender of startingWith('in', 'sender', prefix, within)) {
        const sql = `${within.sql} AND sender = ? COLLATE NOCASE`;
        rows.push(
          ...select('in', query, { sql, values: [period, sender], index: SENDER_INDEX }, limit),
        );
      }
      if (rows.length >= limit) break;
    }
    return rows;
  }

  return {
    list(query) {
      const limit = query.limit + 1;
      const words = query.search?.trim() ?? '';
      const directions: readonly Direction[] =
        query.direction === undefined ? ['in', 'out'] : [query.direction];
      const found = new Map<string, MessageRow>();
      for (const direction of directions) {
        const alternatives = words === '' ? [null] : searched(direction, words);
        for (const condition of alternatives) {
          for (const row of select(direction, query, condition, limit)) found.set(row.id, row);
        }
        if (words === '' || direction === 'out') continue;
        for (const row of bySender(query, words, limit)) found.set(row.id, row);
      }
      const rows = [...found.values()].toSorted((a, b) => (a.id < b.id ? 1 : -1));
      return { rows: rows.slice(0, query.limit), more: rows.length > query.limit };
    },
  };
}
