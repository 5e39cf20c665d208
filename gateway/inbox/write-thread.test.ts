import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { hotKinds, repeatWrite, valueCounts, type HotWrite } from './hot-writes.ts';
import type { MessageStore, NewInbound } from './message-store.ts';
import { DATABASE_FILE, openDatabase } from './schema.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { LOST, startWriteThread, type WriteThread } from './write-thread.ts';
import { pack, unpack } from './write-thread-wire.ts';

let dir: string;
let store: MessageStore;
let commits: number[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'causeway-writer-'));
  open();
});
afterEach(() => {
  store.close();
  rmSync(dir, { recursive: true });
});

const file = (): string => join(dir, DATABASE_FILE);

/** Every hot write goes to the thread, as soon as there is one. */
function open(): void {
  commits = [];
  store = openSqliteStore({
    dataDir: dir,
    now: Date.now,
    sendTimeoutMs: 1_000,
    threadFrom: 1,
    onCommit: ({ size }) => commits.push(size),
  });
}

function row(key: string, more: Partial<NewInbound> = {}): NewInbound {
  const at = Date.now();
  return {
    ...{ id: store.newId(at), bot: 'bot', kind: 'app', receivedAt: at, type: 'text', event: null },
    ...{ msgId: key, sender: 'user', dedupKey: key, format: 'xml', trace: 't', target: 'svc' },
    ...{ raw: Buffer.from(`<xml>${key} 你好</xml>`), outcome: 'pending', durationMs: null },
    nextAttemptAt: at + 60_000,
    spans: { tunnelMs: 1.5, gatewayMs: null, serviceMs: null },
    ...more,
  };
}

const stored = (sql: string): unknown[] => {
  const reader = new Database(file(), { readonly: true });
  try {
    return reader.prepare(sql).pluck().all();
  } finally {
    reader.close();
  }
};

/** The first write starts the thread; this waits until a batch has gone to it. */
async function warm(): Promise<void> {
  await store.take(row('warm'));
  const locker = new Database(file());
  // Only the thread does not hold up this program while it waits for a lock.
  await expect
    .poll(async () => {
      locker.exec('BEGIN IMMEDIATE');
      const waiting = store.countRepeat('nobody').catch(() => 'busy');
      const before = performance.now();
      await new Promise((resolve) => setTimeout(resolve, 5));
      const held = performance.now() - before;
      locker.exec('ROLLBACK');
      await waiting;
      return held < 200;
    })
    .toBe(true);
  locker.close();
}

describe('hot writes on a thread of their own', () => {
  it('are on disk when they resolve, each once, with what the row held before', async () => {
    await warm();
    const rows = Array.from({ length: 300 }, (_, n) => row(`m${n}`));
    const taken = await Promise.all(
      [...rows, ...rows.map((one) => ({ ...one, id: `${one.id}x` }))].map((one) => store.take(one)),
    );
    expect(taken.filter(({ duplicate }) => duplicate)).toHaveLength(300);
    const repeated = taken[300]?.record;
    expect(repeated).toMatchObject({ ...rows[0], repeats: 1, outcome: 'pending' });
    expect(Buffer.isBuffer(repeated?.raw)).toBe(true);
    expect(
      stored(`SELECT count(*) FROM inbound WHERE id <> 'warm' AND dedup_key <> 'warm'`),
    ).toEqual([300]);
    expect(store.pending).toBe(301);

    const repeats = await Promise.all(
      rows.map(({ id }) =>
        store.settle(id, { outcome: 'replied', reply: 'r', nextAttemptAt: null }),
      ),
    );
    expect(new Set(repeats)).toEqual(new Set([1]));
    expect(store.pending).toBe(1);
    expect(stored(`SELECT DISTINCT reply FROM inbound WHERE outcome = 'replied'`)).toEqual(['r']);
    expect(Math.max(...commits)).toBeGreaterThan(1);
  });

  it('say what was tried as well', async () => {
    await warm();
    const error = { code: 'TARGET_TIMEOUT', params: { target: 't', ms: 5 } } as const;
    const tried = { at: 1, target: 't', durationMs: 2.5, outcome: 'failed', error } as const;
    const tries = [
      { ...tried, status: 503, errcode: null },
      { ...tried, status: null, errcode: null },
    ];
    const { id } = (await store.take(row('tried'))).record;
    const pending = { outcome: 'pending', attempts: 1, tries, nextAttemptAt: 9 } as const;
    expect(await store.settle(id, pending)).toBe(0);
    expect(await store.settle('nobody', pending)).toBe(0);
    expect(store.attempts(id)).toEqual([
      { ...tries[0], n: 1, retryOf: null },
      { ...tries[1], n: 2, retryOf: 1 },
    ]);
    expect(store.attempts('nobody')).toEqual([]);
    expect(store.inbound(id)).toMatchObject({ attempts: 1, nextAttemptAt: 9 });
  });

  it('keep their order with what only the program itself can write', async () => {
    await warm();
    const one = row('in order');
    const order: string[] = [];
    await Promise.all([
      store.take(one).then(() => order.push('take')),
      store.settle(one.id, { outcome: 'failed', attempts: 3 }).then(() => order.push('settle')),
      store.redrive([one.id], 5).then((ids) => order.push(`redrive ${ids.length}`)),
      store.settle(one.id, { outcome: 'accepted' }).then(() => order.push('settle')),
    ]);
    expect(order).toEqual(['take', 'settle', 'redrive 1', 'settle']);
    expect(store.inbound(one.id)).toMatchObject({ outcome: 'accepted', redrivenAt: 5 });
  });

  it('do not come in the way of the upkeep, nor it in theirs', async () => {
    await warm();
    const old = row('old', { id: '00000000-0001-7000-8000-000000000000', outcome: 'stored' });
    await store.take(old);
    const writes = Array.from({ length: 500 }, (_, n) => store.take(row(`u${n}`)));
    await new Promise(setImmediate);
    expect(store.prune(1_000_000, 10)).toBe(1);
    expect(await Promise.all(writes)).toHaveLength(500);
  });

  it('are kept when the store is closed with a batch under way', async () => {
    await warm();
    const writes = Array.from({ length: 700 }, (_, n) => store.take(row(`c${n}`)));
    await new Promise(setImmediate);
    store.close();
    expect(await Promise.all(writes)).toHaveLength(700);
    open();
    expect(store.pending).toBe(701);
  });

  it('fail while another program holds the lock, and go on after it', async () => {
    await warm();
    const locker = new Database(file());
    locker.exec('BEGIN IMMEDIATE');
    await expect(store.take(row('late'))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      params: { reason: 'SQLITE_BUSY' },
    });
    expect(store.failure).not.toBeNull();
    locker.exec('ROLLBACK');
    locker.close();
    await store.take(row('late'));
    expect(store.failure).toBeNull();
  });
});

describe('a write thread', () => {
  it('that dies leaves nobody waiting', async () => {
    const lost = vi.fn<() => void>();
    const thread = (await startWriteThread(file(), lost).ready) as WriteThread;
    const noKind = { kind: 'nothing', values: [] } as unknown as HotWrite;
    const result = await new Promise((resolve) => thread.run([noKind], resolve));
    expect(result).toEqual({ results: [{ ok: false, reason: LOST }], storeFailure: null });
    expect(lost).toHaveBeenCalledOnce();
    thread.close();
  });

  it('can be waited for without a turn of the event loop', async () => {
    const thread = (await startWriteThread(file(), () => undefined).ready) as WriteThread;
    const done = vi.fn<() => void>();
    thread.run([repeatWrite('nobody')], done);
    thread.finish();
    expect(done).toHaveBeenCalledOnce();
    thread.close();
  });

  it('that is closed at any moment of its start opens nothing afterwards', async () => {
    const own = mkdtempSync(join(tmpdir(), 'causeway-writer-'));
    onTestFinished(() => rmSync(own, { recursive: true, force: true }));
    const name = join(own, DATABASE_FILE);
    for (const wait of [0, 10, 20, 40, 80, 160, 320]) {
      openDatabase(own).close();
      const lost = vi.fn<() => void>();
      const { ready, close } = startWriteThread(name, lost);
      await Promise.race([ready, new Promise((resolve) => setTimeout(resolve, wait))]);
      close();
      expect(existsSync(`${name}-wal`), 'left open').toBe(false);
      rmSync(name);
      await ready;
      expect(existsSync(name), 'opened anew').toBe(false);
      expect(lost).not.toHaveBeenCalled();
    }
  });

  it('that cannot be had is null', async () => {
    const { ready } = startWriteThread(join(dir, 'no', 'such.db'), () => undefined);
    expect(await ready).toBeNull();
  });
});

it('writes come out of their packing as they went in', () => {
  const value = fc.oneof(fc.string(), fc.double({ noNaN: true }), fc.constant(null));
  const writes = fc.constantFrom(...hotKinds).chain((kind) =>
    fc
      .tuple(
        fc.array(value, { minLength: valueCounts[kind], maxLength: valueCounts[kind] }),
        fc.uint8Array(),
      )
      .map(([values, bytes]): HotWrite => {
        const raw =
          kind === 'take'
            ? [...values.slice(0, 11), Buffer.from(bytes), ...values.slice(12)]
            : values;
        return { kind, values: raw };
      }),
  );
  fc.assert(
    fc.property(fc.array(writes), (all) => {
      expect(unpack(structuredClone(pack(all)))).toEqual(all);
    }),
  );
});
