import { createHash } from 'node:crypto';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { silentLogger } from '../../common/domain/log.ts';
import type { MessageSelection } from '../../common/domain/replay.ts';
import { tempDir } from '../testing/harness.ts';
import type { MessageStore, NewInbound } from './message-store.ts';
import { startRetention, type RetentionPolicy } from './retention.ts';
import { openSqliteStore } from './sqlite-store.ts';

const DAY = 86_400_000;
const T0 = 1_700_000_000_000;

async function open(dataDir?: string): Promise<MessageStore> {
  const dir = dataDir ?? (await tempDir());
  const store = openSqliteStore({ dataDir: dir, now: () => T0, sendTimeoutMs: 1_000 });
  onTestFinished(() => store.close());
  return store;
}

let serial = 0;
async function put(
  store: MessageStore,
  at: number,
  more: Partial<NewInbound> = {},
): Promise<string> {
  serial += 1;
  const { record } = await store.take({
    id: store.newId(at),
    bot: 'b',
    kind: 'app',
    receivedAt: at,
    type: 'text',
    event: null,
    msgId: String(serial),
    sender: 'u',
    dedupKey: `k${serial}`,
    format: 'xml',
    raw: Buffer.from(`text ${serial}`),
    trace: 't',
    spans: { tunnelMs: null, gatewayMs: null, serviceMs: null },
    outcome: 'stored',
    target: null,
    durationMs: null,
    nextAttemptAt: null,
    ...more,
  });
  return record.id;
}

function retain(store: MessageStore, policy: Partial<RetentionPolicy>, now: number) {
  const done: string[] = [];
  const retention = startRetention({
    store,
    policy: () => ({ maxAgeMs: 30 * DAY, maxBytes: 0, redactMs: 0, ...policy }),
    now: () => now,
    log: silentLogger,
    onDone: (kind, rows) => done.push(`${kind} ${rows}`),
  });
  onTestFinished(() => retention.stop());
  return { run: () => retention.run(), done };
}

describe('retention', () => {
  it('takes the text out after its time, and leaves the row, its hash, and what still waits', async () => {
    const dataDir = await tempDir();
    const store = await open(dataDir);
    const old = await put(store, T0, { raw: Buffer.from('secret words') });
    await store.settle(old, { outcome: 'replied', reply: '<xml>secret reply</xml>' });
    const waiting = await put(store, T0 + 1, { outcome: 'pending', target: 't', nextAttemptAt: 0 });
    const behind = await put(store, T0 + 2);
    const fresh = await put(store, T0 + 10 * DAY);

    const { run, done } = retain(store, { redactMs: 7 * DAY }, T0 + 8 * DAY);
    await run();
    expect(store.inbound(old)).toMatchObject({
      outcome: 'replied',
      reply: null,
      rawHash: createHash('sha256').update('secret words').digest('hex'),
    });
    expect(store.inbound(old)?.raw).toHaveLength(0);
    expect(store.inbound(waiting)?.rawHash).toBeNull();
    await store.settle(waiting, { outcome: 'failed' });
    await run();
    for (const id of [waiting, behind]) expect(store.inbound(id)?.rawHash).not.toBeNull();
    expect(store.inbound(fresh)?.raw.length).toBeGreaterThan(0);
    expect(await store.redrive([waiting], T0)).toEqual([]);
    expect(done).toEqual(['redacted 1', 'redacted 2']);
  });

  it('deletes by age and by size, in small steps, oldest first', async () => {
    const store = await open();
    const ids: string[] = [];
    for (let n = 0; n < 900; n += 1) {
      ids.push(await put(store, T0 + n * 1_000, { raw: Buffer.alloc(2_000) }));
    }
    const { used } = store.size();
    const bounded = retain(store, { maxBytes: Math.floor(used / 2) }, T0 + DAY);
    await bounded.run();
    expect(store.size().used).toBeLessThanOrEqual(used / 2);
    expect(new Set(bounded.done)).toEqual(new Set(['size 100']));
    expect(store.inbound(ids[0] ?? '')).toBeNull();
    expect(store.inbound(ids.at(-1) ?? '')).not.toBeNull();
    const aged = retain(store, { maxAgeMs: 1_000 }, T0 + DAY);
    await aged.run();
    expect(store.list({ limit: 1 }).rows).toEqual([]);
  });

  it('has a size', async () => {
    const store = await open();
    const before = store.size();
    for (let n = 0; n < 50; n += 1) await put(store, T0 + n, { raw: Buffer.alloc(5_000) });
    expect(store.size().used).toBeGreaterThan(before.used + 200_000);
    expect(store.size().file).toBeGreaterThanOrEqual(store.size().used);
    expect(store.size().free).toBeGreaterThan(0);
  });
});

it('walks an index with every statement, so that its cost does not grow with the store', async () => {
  const statements = new Set<string>();
  const prepare = Database.prototype.prepare;
  const spy = vi.spyOn(Database.prototype, 'prepare').mockImplementation(function (
    this: Database.Database,
    sql: string,
  ) {
    statements.add(sql);
    return Reflect.apply(prepare, this, [sql]);
  });
  onTestFinished(() => spy.mockRestore());
  const dataDir = await tempDir();
  const store = await open(dataDir);
  await put(store, T0);
  for (const filter of [
    {},
    { bot: 'b' },
    { outcome: 'failed' },
    { bot: 'b', outcome: 'stored' },
    { search: 'te' },
    { search: 'u', bot: 'b', outcome: 'stored' },
    { before: 'x' },
  ] as const) {
    store.list({ limit: 50, ...filter });
  }
  const times = { from: T0, to: T0 + DAY };
  const selections: MessageSelection[] = [
    times,
    { ...times, bot: 'b' },
    { ...times, user: 'u' },
    { ...times, user: 'u', bot: 'b', type: 'text' },
    { ...times, type: 'text' },
    { ...times, outcome: 'failed' },
    { ids: ['x'] },
  ];
  for (const selection of selections) {
    store.select(selection, '', 10);
    store.countSelected(selection, 10);
  }
  store.lateDue(1);
  store.redact(T0, 1);
  const db = new Database(`${dataDir}/inbox.db`, { readonly: true });
  onTestFinished(() => void db.close());
  const large = /\b(inbound|outbound)\b/;
  const walked: string[] = [];
  for (const sql of [...statements].filter((one) => large.test(one))) {
    const count = sql.match(/\?/g)?.length ?? 0;
    const named = [...new Set(sql.match(/@\w+/g) ?? [])].map((name) => [name.slice(1), 1] as const);
    const plan = db
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all(
        ...Array.from({ length: count }, () => '1'),
        ...(named.length > 0 ? [Object.fromEntries(named)] : []),
      );
    for (const { detail } of plan as { detail: string }[]) {
      // A scan of an index in the order asked for stops at its limit; one of the table does not.
      if (/^SCAN (inbound|outbound)(?! USING)/.test(detail)) walked.push(`${sql}\n${detail}`);
    }
  }
  expect(walked).toEqual([]);
  expect([...statements].filter((sql) => large.test(sql)).length).toBeGreaterThan(40);
});

describe('attempts and scheduled messages', () => {
  const attempt = {
    at: T0,
    target: 't',
    durationMs: 5,
    outcome: 'failed',
    status: 503,
    errcode: null,
    error: { code: 'TARGET_REFUSED', params: { target: 't', status: 503 } },
  } as const;

  it('keeps the last twenty attempts, over a restart, until their message goes', async () => {
    const dataDir = await tempDir();
    const store = await open(dataDir);
    const id = await put(store, T0, { outcome: 'pending', nextAttemptAt: T0 });
    for (let n = 0; n < 13; n += 1) {
      await store.settle(id, { outcome: 'pending', tries: [attempt, attempt] });
    }
    await store.settle(id, { outcome: 'failed' });
    store.close();
    const again = await open(dataDir);
    const kept = again.attempts(id);
    expect(kept.map(({ n }) => n)).toEqual(Array.from({ length: 20 }, (_, n) => n + 7));
    expect(kept[0]).toEqual({ ...attempt, n: 7, retryOf: 6 });
    expect(again.prune(T0 + DAY, 10)).toBe(1);
    expect(again.attempts(id)).toEqual([]);
  });

  it('a message that waits for a month holds up nobody’s redaction, and is as old as its sending', async () => {
    const store = await open();
    const message = (at: number, sendAt: number | null) => ({
      id: store.newId(at),
      at,
      bot: 'r',
      channel: 'webhook' as const,
      type: 'text',
      message: '{"msgtype":"text"}',
      priority: 4,
      expiresAt: T0 + 60 * DAY,
      sendAt,
      coalesceKey: null,
      series: null,
      repeatable: false,
      address: null,
    });
    const result = {
      outcome: 'delivered' as const,
      errcode: 0,
      errmsg: 'ok',
      durationMs: 1,
      egress: { via: 'direct' as const, ip: null },
      remaining: null,
      at: T0,
    };
    const monthly = message(T0, T0 + 30 * DAY);
    const plain = message(T0 + 1, null);
    await store.outbox.add([monthly], null);
    await store.outbox.add([plain], null);
    await store.outbox.finish(plain.id, null, { ...result, id: plain.id }, null, null);
    store.redact(T0 + 5 * DAY, 10);
    const hashed = ({ id }: { id: string }) => store.outbound(id)?.messageHash ?? null;
    expect([hashed(plain), hashed(monthly)]).toEqual([expect.any(String), null]);
    await store.outbox.finish(monthly.id, null, { ...result, id: monthly.id }, null, null);
    store.redact(T0 + 29 * DAY, 10);
    expect([hashed(monthly), store.prune(T0 + 29 * DAY, 10)]).toEqual([null, 1]);
    store.redact(T0 + 31 * DAY, 10);
    expect(hashed(monthly)).toEqual(expect.any(String));
    expect(store.prune(T0 + 31 * DAY, 10)).toBe(1);
  });
});
