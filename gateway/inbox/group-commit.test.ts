import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGroupCommit, type GroupCommitOptions } from './group-commit.ts';

const limits: GroupCommitOptions = {
  maxWaitMs: 2,
  maxBatch: 4,
  maxWaiting: 1000,
  maxWaitingBytes: 10_000,
};
let dir: string;
let db: Database.Database;
let reader: Database.Database;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'causeway-commit-'));
  db = new Database(join(dir, 'test.db'), { timeout: 20 });
  db.pragma('journal_mode = WAL');
  db.exec('CREATE TABLE t (n INTEGER PRIMARY KEY)');
  reader = new Database(join(dir, 'test.db'));
});

afterEach(() => {
  reader.close();
  db.close();
  rmSync(dir, { recursive: true });
});

const insert = (n: number) => (): number => {
  db.prepare('INSERT INTO t VALUES (?)').run(n);
  return n;
};
const stored = (): unknown[] => reader.prepare('SELECT n FROM t ORDER BY n').pluck().all();

describe('group commit', () => {
  it('resolves only what another connection can read already', async () => {
    const commit = createGroupCommit(db, limits);
    const writes = Array.from({ length: 11 }, async (_, n) => {
      const result = await commit.submit(1, insert(n));
      expect(stored()).toContain(result);
    });
    await Promise.all(writes);
    expect(stored()).toHaveLength(11);
  });

  it('puts many writes into one transaction', async () => {
    const sizes: number[] = [];
    const commit = createGroupCommit(db, { ...limits, onCommit: ({ size }) => sizes.push(size) });
    await Promise.all(Array.from({ length: 6 }, (_, n) => commit.submit(1, insert(n))));
    expect(sizes).toEqual([4, 2]);
  });

  it('fails a bad row alone', async () => {
    const commit = createGroupCommit(db, limits);
    const results = await Promise.allSettled([
      commit.submit(1, insert(1)),
      commit.submit(1, insert(1)),
      commit.submit(1, insert(2)),
    ]);
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(stored()).toEqual([1, 2]);
    expect(commit.failure).toBeNull();
  });

  it('says that the store fails, and recovers', async () => {
    const commit = createGroupCommit(db, limits);
    reader.exec('BEGIN IMMEDIATE');
    const results = await Promise.allSettled([1, 2].map((n) => commit.submit(1, insert(n))));
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected']);
    expect(commit.failure).toEqual({
      code: 'STORE_UNAVAILABLE',
      params: { reason: 'SQLITE_BUSY' },
    });
    reader.exec('ROLLBACK');
    await commit.submit(1, insert(3));
    expect(commit.failure).toBeNull();
    expect(stored()).toEqual([3]);
  });

  it('fails every write when the disk is full, and loses none that it promised', async () => {
    db.pragma(`max_page_count = ${Number(db.pragma('page_count', { simple: true })) + 1}`);
    db.exec('CREATE TABLE big (body TEXT)');
    const commit = createGroupCommit(db, limits);
    const fill = (): unknown => db.prepare('INSERT INTO big VALUES (?)').run('x'.repeat(100_000));
    await expect(commit.submit(1, fill)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      params: { reason: 'SQLITE_FULL' },
    });
    await commit.submit(1, insert(1));
    expect(stored()).toEqual([1]);
  });

  it('refuses more than may wait', async () => {
    const commit = createGroupCommit(db, { ...limits, maxBatch: 100, maxWaiting: 2 });
    const kept = [commit.submit(1, insert(1)), commit.submit(1, insert(2))];
    const queueFull = { code: 'STORE_UNAVAILABLE', params: { reason: 'queue_full' } };
    await expect(commit.submit(1, insert(3))).rejects.toMatchObject(queueFull);
    await Promise.all(kept);
    await expect(commit.submit(20_000, insert(4))).rejects.toMatchObject(queueFull);
    expect(stored()).toEqual([1, 2]);
  });

  it('rejects after the database was closed', async () => {
    const commit = createGroupCommit(db, limits);
    db.close();
    await expect(commit.submit(1, () => db.exec('SELECT 1'))).rejects.toMatchObject({
      params: { reason: 'closed' },
    });
  });
});
