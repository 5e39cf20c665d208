import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openSqliteStore } from '../../gateway/inbox/sqlite-store.ts';
import { createLatencies, describeLatencies } from './support/histogram.ts';

export const title =
  'a large inbox: what taking, listing, searching and retiring cost with many rows in it';

const ROWS = Number(process.env['INBOX_ROWS'] ?? 200_000);
const TAKES = 2_000;
const BOTS = 20;
const SENDERS = 5_000;
const DAY = 86_400_000;

/** Each figure is taken with a tenth of the rows and with all of them: what grows with the store would show. */
export async function run(print: (line: string) => void): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'causeway-bench-inbox-'));
  try {
    const begin = Date.now() - 30 * DAY;
    for (const rows of [Math.floor(ROWS / 10), ROWS]) {
      fill(dataDir, rows, begin);
      const size = (await stat(join(dataDir, 'inbox.db'))).size;
      print(`${rows} rows, ${(size / 2 ** 20).toFixed(0)} MiB`);
      await measure(dataDir, begin, print);
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Brings the store to `rows` rows, in large transactions of its own. */
function fill(dataDir: string, rows: number, begin: number): void {
  openSqliteStore({ dataDir, now: Date.now, sendTimeoutMs: 1_000 }).close();
  const db = new Database(join(dataDir, 'inbox.db'));
  db.pragma('synchronous = OFF');
  const there = Number(db.prepare('SELECT count(*) FROM inbound').pluck().get());
  const insert = db.prepare(`
    INSERT INTO inbound (id, bot, kind, received_at, type, label, msg_id, sender, dedup_key, format, raw, trace, outcome)
    VALUES (?, ?, 'app', ?, 'text', 'text', ?, ?, ?, 'xml', ?, 't', ?)`);
  const raw = Buffer.alloc(600, 'x');
  const step = (30 * DAY) / ROWS;
  const batch = db.transaction((from: number, to: number) => {
    for (let n = from; n < to; n += 1) {
      const at = Math.floor(begin + n * step);
      const time = at.toString(16).padStart(12, '0');
      const id = `${time.slice(0, 8)}-${time.slice(8)}-7${(n % 4096).toString(16).padStart(3, '0')}-8000-${n.toString(16).padStart(12, '0')}`;
      const outcome = n % 1_000 === 0 ? 'failed' : 'accepted';
      insert.run(
        id,
        `bot-${n % BOTS}`,
        at,
        String(n),
        `user-${n % SENDERS}`,
        `m:${n}`,
        raw,
        outcome,
      );
    }
  });
  for (let from = there; from < rows; from += 10_000) batch(from, Math.min(rows, from + 10_000));
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
}

async function measure(dataDir: string, begin: number, print: (line: string) => void) {
  const store = openSqliteStore({ dataDir, now: Date.now, sendTimeoutMs: 1_000 });
  const timed = (name: string, times: number, work: (n: number) => unknown): void => {
    const latencies = createLatencies();
    for (let n = 0; n < times; n += 1) {
      const started = performance.now();
      work(n);
      latencies.add(performance.now() - started);
    }
    print(`  ${name.padEnd(34)} ${describeLatencies(latencies)}`);
  };
  try {
    const latencies = createLatencies();
    await Promise.all(
      Array.from({ length: TAKES }, async (_, n) => {
        const now = Date.now();
        const started = performance.now();
        await store.take({
          ...{ id: store.newId(now), bot: 'bot-0', kind: 'app', receivedAt: now, type: 'text' },
          ...{
            event: null,
            msgId: null,
            sender: 'user-1',
            dedupKey: `b:${now}:${n}:${Math.random()}`,
          },
          ...{ format: 'xml', raw: Buffer.alloc(600), trace: 't', outcome: 'stored', target: null },
          ...{ durationMs: null, nextAttemptAt: null },
          spans: { tunnelMs: null, gatewayMs: null, serviceMs: null },
        });
        latencies.add(performance.now() - started);
      }),
    );
    print(`  ${`take, ${TAKES} at once`.padEnd(34)} ${describeLatencies(latencies)}`);
    timed('newest 50', 200, () => store.list({ limit: 50 }));
    timed('newest 50 of a bot', 200, (n) => store.list({ limit: 50, bot: `bot-${n % BOTS}` }));
    timed('newest 50 dead letters', 200, () => store.list({ limit: 50, outcome: 'failed' }));
    timed('by MsgId', 200, (n) => store.list({ limit: 50, search: String(n * 7) }));
    timed('by the beginning of a sender', 50, (n) =>
      store.list({ limit: 50, search: `user-${n}` }),
    );
    timed('100 of a day for a replay', 100, (n) =>
      store.select({ from: begin + n * 3_600_000, to: begin + n * 3_600_000 + DAY }, '', 100),
    );
    timed('delete 250 of the oldest', 4, () => store.pruneOldest(250));
    timed('take the text out of 250', 4, () => store.redact(Date.now() - DAY, 250));
  } finally {
    store.close();
  }
}
