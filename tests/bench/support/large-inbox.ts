import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openSqliteStore } from '../../../gateway/inbox/sqlite-store.ts';

export const BOTS = 20;
export const SENDERS = 50_000;
const DAY = 86_400_000;
const STEP = 250_000;

/**
 * Brings the inbox of a data directory to `rows` rows of the 30 days since `begin`, as if they had come in one after the other. SQLite makes
 * them itself, without syncs and with the indices built at the end: ten million take some two minutes.
 */
export function fillInbox(dataDir: string, rows: number, begin: number, most: number): void {
  openSqliteStore({ dataDir, now: Date.now, sendTimeoutMs: 1_000 }).close();
  const db = new Database(join(dataDir, 'inbox.db'));
  try {
    db.pragma('journal_mode = DELETE');
    db.pragma('journal_mode = OFF');
    db.pragma('synchronous = OFF');
    db.pragma('cache_size = -262144');
    const there = Number(db.prepare('SELECT count(*) FROM inbound').pluck().get());
    if (there >= rows) return;
    const indices = db
      .prepare(
        `SELECT name, sql FROM sqlite_master WHERE tbl_name = 'inbound' AND type = 'index' AND sql IS NOT NULL`,
      )
      .all() as { name: string; sql: string }[];
    for (const { name } of indices) db.exec(`DROP INDEX ${name}`);
    const insert = db.prepare(`
      WITH RECURSIVE count(n) AS (SELECT CAST(@from AS INTEGER) UNION ALL SELECT n + 1 FROM count WHERE n + 1 < @to),
        arrived(n, at) AS (SELECT n, CAST(@begin + n * @step AS INTEGER) FROM count)
      INSERT INTO inbound (id, bot, kind, received_at, type, label, msg_id, sender, dedup_key, format, raw, trace, outcome,
        target, attempts, reply, tunnel_ms, gateway_ms, service_ms, duration_ms)
      SELECT substr(printf('%012x', at), 1, 8) || '-' || substr(printf('%012x', at), 9) || printf('-7%03x-8000-%012x', n % 4096, n),
        'bot-' || (n % ${BOTS}), 'app', at, 'text', 'text', CAST(7000000000000000000 + n AS TEXT), 'user-' || (n * 7919 % ${SENDERS}),
        'm:' || (7000000000000000000 + n), 'xml', CAST(printf('<xml><Content>%064d</Content></xml>', n) AS BLOB),
        printf('%032x', n), iif(n % 1000 = 0, 'failed', 'replied'), 'service', 1, '<xml/>', 1.5, 2.5, 3.5, 7.5
      FROM arrived`);
    for (let from = there; from < rows; from += STEP) {
      insert.run({ from, to: Math.min(rows, from + STEP), begin, step: (30 * DAY) / most });
    }
    for (const { sql } of indices) db.exec(sql);
  } finally {
    db.close();
  }
}
