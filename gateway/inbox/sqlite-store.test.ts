import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MessageStore, NewInbound } from './message-store.ts';
import { DATABASE_FILE } from './schema.ts';
import { openSqliteStore } from './sqlite-store.ts';

let dir: string;
let clock = 1_700_000_000_000;
let open: MessageStore[] = [];

function openStore(): MessageStore {
  const store = openSqliteStore({ dataDir: dir, now: () => clock, sendTimeoutMs: 10_000 });
  open.push(store);
  return store;
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'causeway-store-'));
});

afterEach(() => {
  for (const store of open) store.close();
  open = [];
  rmSync(dir, { recursive: true });
});

function row(store: MessageStore, more: Partial<NewInbound> = {}): NewInbound {
  const id = store.newId(clock);
  return {
    id,
    bot: 'app',
    kind: 'app',
    receivedAt: clock,
    type: 'text',
    event: null,
    msgId: null,
    sender: 'u',
    dedupKey: id,
    format: 'xml',
    raw: Buffer.from('<xml/>'),
    trace: 't',
    spans: { tunnelMs: 1.5, gatewayMs: null, serviceMs: null },
    outcome: 'pending',
    target: 'svc',
    durationMs: null,
    nextAttemptAt: clock + 60_000,
    ...more,
  };
}

describe('the inbox', () => {
  it('keeps every byte of a plaintext', async () => {
    const store = openStore();
    const raw = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const { record } = await store.take(row(store, { raw }));
    expect(store.inbound(record.id)?.raw.equals(raw)).toBe(true);
  });

  it('takes a callback once for each bot and counts its repetitions', async () => {
    const store = openStore();
    const first = await store.take(row(store, { dedupKey: 'k' }));
    const second = await store.take(row(store, { dedupKey: 'k' }));
    const other = await store.take(row(store, { dedupKey: 'k', bot: 'other' }));
    expect([first.duplicate, second.duplicate, other.duplicate]).toEqual([false, true, false]);
    expect(second.record).toMatchObject({ id: first.record.id, repeats: 1 });
    expect(store.pending).toBe(2);
  });

  it('counts what is pending and hands out what is due', async () => {
    const store = openStore();
    const { record } = await store.take(row(store));
    expect(store.due(clock, 10)).toEqual([]);
    clock += 60_000;
    expect(store.due(clock, 10)).toEqual([record]);
    expect(store.due(clock, 10, { targets: ['svc'] })).toEqual([]);
    expect(store.oldestPending()).toBe(record.receivedAt);
    const error = { code: 'TARGET_TIMEOUT', params: { ms: 5 } } as const;
    const later = clock + 1_000;
    await store.settle(record.id, { outcome: 'pending', attempts: 1, error, nextAttemptAt: later });
    expect(store.pending).toBe(1);
    expect(store.due(clock, 10)).toEqual([]);
    expect(store.inbound(record.id)).toMatchObject({ attempts: 1, error });
    await store.settle(record.id, { outcome: 'replied', reply: 'r', error: null });
    expect(store.inbound(record.id)).toMatchObject({ attempts: 1, error: null, reply: 'r' });
    expect(store.pending).toBe(0);
    expect(store.oldestPending()).toBeNull();
  });

  it('hands out what is longest overdue, of whichever target, but for those that are left out', async () => {
    const store = openStore();
    const targets = ['b', 'a', null, 'c', 'b', 'a'];
    const ids: string[] = [];
    for (const [index, target] of targets.entries()) {
      const next = { target, nextAttemptAt: clock + 1_000 - index };
      ids.push((await store.take(row(store, next))).record.id);
    }
    const due = (limit: number, except: readonly string[]): number[] =>
      store.due(clock + 1_000, limit, { targets: except }).map(({ id }) => ids.indexOf(id));
    expect(due(10, [])).toEqual([5, 4, 3, 2, 1, 0]);
    expect(due(2, [])).toEqual([5, 4]);
    expect(due(10, ['a', 'c'])).toEqual([4, 2, 0]);
    expect(due(10, ['a', 'b', 'c', 'd'])).toEqual([2]);
    const others = { ids: new Set([5, 3].map((index) => ids[index] ?? '')) };
    expect(store.due(clock + 1_000, 2, others).map(({ id }) => ids.indexOf(id))).toEqual([4, 2]);
    expect(store.due(clock + 996, 10).map(({ id }) => ids.indexOf(id))).toEqual([5, 4]);
  });

  it('takes up after a crash what was with a target, and keeps the schedule of the rest', async () => {
    const store = openStore();
    const fresh = (await store.take(row(store))).record;
    const tried = (await store.take(row(store))).record;
    await store.settle(tried.id, {
      outcome: 'pending',
      attempts: 3,
      nextAttemptAt: clock + 100_000,
    });
    const id = store.newId(clock);
    const message = {
      at: clock,
      bot: 'r',
      channel: 'webhook',
      type: 'text',
      message: '{}',
      priority: 4,
      expiresAt: clock + 100_000,
      sendAt: null,
      coalesceKey: null,
      series: null,
      repeatable: false,
      address: null,
    } as const;
    await store.outbox.add([{ ...message, id }], null);
    const slot = { id: 'slot', robot: 'hash', latestEnd: clock + 10_000 };
    await store.outbox.claim(id, { attempts: 1, egress: { via: 'direct', ip: null }, slot });
    store.close();

    const again = openStore();
    expect(again.pending).toBe(2);
    expect(again.due(clock, 10).map((record) => record.id)).toEqual([fresh.id]);
    const [sent] = again.list({ limit: 1, direction: 'out' }).rows;
    expect(sent?.outcome).toBe('unknown');
    expect(again.outbox.waiting()).toEqual([]);
    expect(again.outbox.calendar('hash', clock - 60_000).ends).toEqual([clock + 10_000]);
  });

  it('deletes what is old and finished, and nothing else', async () => {
    const store = openStore();
    const old = (await store.take(row(store, { outcome: 'stored' }))).record;
    const waiting = (await store.take(row(store))).record;
    clock += 1_000;
    const young = (await store.take(row(store, { outcome: 'stored' }))).record;
    expect(store.prune(clock, 10)).toBe(1);
    expect([old, waiting, young].map((record) => store.inbound(record.id) !== null)).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('refuses a database of a newer program and leaves it as it is', () => {
    openStore().close();
    const db = new Database(join(dir, DATABASE_FILE));
    db.pragma('user_version = 99');
    db.close();
    expect(openStore).toThrow(expect.objectContaining({ code: 'SETTINGS_FROM_FUTURE' }));
    const after = new Database(join(dir, DATABASE_FILE));
    expect(after.pragma('user_version', { simple: true })).toBe(99);
    after.close();
  });

  it('walks an index for every query of the list', async () => {
    const store = openStore();
    await store.take(row(store, { outcome: 'stored' }));
    const db = new Database(join(dir, DATABASE_FILE));
    const plan = (where: string): string =>
      JSON.stringify(
        db
          .prepare(
            `EXPLAIN QUERY PLAN SELECT id FROM inbound WHERE ${where} ORDER BY id DESC LIMIT 9`,
          )
          .all(),
      );
    for (const where of [
      "id < 'x'",
      "bot = 'a' AND id < 'x'",
      "outcome = 'failed'",
      "label = 'text' COLLATE NOCASE",
      "sender = 'u' COLLATE NOCASE",
    ]) {
      expect(plan(where)).toContain('USING');
      expect(plan(where)).not.toMatch(/SCAN inbound"|TEMP B-TREE/);
    }
    db.close();
  });
});
