import { mkdtemp, rm, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewInbound } from '../../gateway/inbox/message-store.ts';
import { openSqliteStore } from '../../gateway/inbox/sqlite-store.ts';
import { createLatencies, describeLatencies } from './support/histogram.ts';
import { BOTS, fillInbox, SENDERS } from './support/large-inbox.ts';

export const title =
  'a large inbox: what taking, listing, searching and retiring cost with nothing and with ten million rows in it';

const SIZES = (process.env['INBOX_ROWS'] ?? '0,1000000,10000000').split(',').map(Number);
/** Each as many as come in at once under load. */
const ROUNDS = 40;
const TOGETHER = 200;
const DAY = 86_400_000;
/** A row with its indices, and room for building them. */
const ROW_BYTES = 1_000;

/** The same figures for each size: what grows with the store would show. The rows are gone when it ends. */
export async function run(print: (line: string) => void): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'causeway-bench-inbox-'));
  try {
    const begin = Date.now() - 30 * DAY;
    const most = Math.max(1, ...SIZES);
    for (const rows of SIZES) {
      const { bavail, bsize } = await statfs(dataDir);
      if (bavail * bsize < rows * ROW_BYTES) {
        print(`${rows} rows: left out, the disk has no room for them`);
        continue;
      }
      const started = performance.now();
      fillInbox(dataDir, rows, begin, most);
      const seconds = (performance.now() - started) / 1_000;
      const { size } = await stat(join(dataDir, 'inbox.db'));
      print(`${rows} rows, ${(size / 2 ** 20).toFixed(0)} MiB, made in ${seconds.toFixed(0)} s`);
      await measure(dataDir, begin, print);
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

let serial = 0;

function newRow(id: string, at: number): NewInbound {
  serial += 1;
  const msgId = String(8_000_000_000_000_000_000n + BigInt(serial));
  return {
    ...{ id, bot: `bot-${serial % BOTS}`, kind: 'app', receivedAt: at, type: 'text', event: null },
    ...{ msgId, sender: `user-${(serial * 7919) % SENDERS}`, dedupKey: `m:${msgId}` },
    ...{ format: 'xml', raw: Buffer.alloc(400, 'x'), trace: '0'.repeat(32), target: 'service' },
    ...{ outcome: 'pending', durationMs: null, nextAttemptAt: at + 60_000 },
    spans: { tunnelMs: 1, gatewayMs: null, serviceMs: null },
  };
}

async function measure(
  dataDir: string,
  begin: number,
  print: (line: string) => void,
): Promise<void> {
  const store = openSqliteStore({ dataDir, now: Date.now, sendTimeoutMs: 1_000 });
  const tell = (name: string, text: string): void => print(`  ${name.padEnd(34)} ${text}`);
  const timed = (name: string, times: number, work: (n: number) => unknown): void => {
    const latencies = createLatencies();
    for (let n = 0; n < times; n += 1) {
      const started = performance.now();
      work(n);
      latencies.add(performance.now() - started);
    }
    tell(name, describeLatencies(latencies));
  };
  /** Rounds of many writes together; what one of them takes of the processor, all threads. */
  const writes = async (name: string, work: (n: number) => Promise<unknown>): Promise<void> => {
    const latencies = createLatencies();
    const before = process.cpuUsage();
    for (let round = 0; round < ROUNDS; round += 1) {
      const started = performance.now();
      await Promise.all(Array.from({ length: TOGETHER }, (_, n) => work(round * TOGETHER + n)));
      latencies.add(performance.now() - started);
    }
    const { user, system } = process.cpuUsage(before);
    const each = (user + system) / (ROUNDS * TOGETHER);
    tell(
      name,
      `${each.toFixed(0)} µs of processor each; ${TOGETHER} together ${describeLatencies(latencies)}`,
    );
  };
  try {
    const makeRows = (): NewInbound[] =>
      Array.from({ length: ROUNDS * TOGETHER }, () => {
        const at = Date.now();
        return newRow(store.newId(at), at);
      });
    // The store was opened a moment ago: what a program that runs on pays is what the second takes cost.
    const first = makeRows();
    await writes('take, with nothing in the cache', (n) => store.take(first[n] ?? newRow('', 0)));
    const rows = makeRows();
    const row = (n: number): NewInbound => rows[n] ?? newRow('', 0);
    await writes('take', (n) => store.take(row(n)));
    await writes('take the same again', (n) =>
      store.take({ ...row(n), id: store.newId(Date.now()) }),
    );
    await writes('write down what became of it', (n) =>
      store.settle(row(n).id, {
        outcome: 'replied',
        attempts: 1,
        reply: '<xml/>',
        nextAttemptAt: null,
      }),
    );
    timed('newest 50', 200, () => store.list({ limit: 50 }));
    timed('newest 50 of a bot', 200, (n) => store.list({ limit: 50, bot: `bot-${n % BOTS}` }));
    timed('newest 50 dead letters', 200, () => store.list({ limit: 50, outcome: 'failed' }));
    timed('by MsgId', 200, (n) => store.list({ limit: 50, search: row(n).msgId ?? '' }));
    timed('by the beginning of a sender', 50, (n) =>
      store.list({ limit: 50, search: `user-${n}` }),
    );
    timed('100 of a day for a replay', 100, (n) =>
      store.select({ from: begin + n * 3_600_000, to: begin + n * 3_600_000 + DAY }, '', 100),
    );
    timed('what is due', 100, () => store.due(Date.now(), 32));
    timed('delete 100 of the oldest', 20, () => store.pruneOldest(100));
    timed('take the text out of 100', 20, () => store.redact(Date.now() - DAY, 100));
  } finally {
    store.close();
  }
}
