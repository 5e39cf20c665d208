import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditLines } from '../admin/audit-lines.ts';
import { auditStore, type AuditStore } from './audit.ts';
import { openDatabase } from './database.ts';
import { migrations } from './migrations/index.ts';

let dir: string;
let database: Database;
let audit: AuditStore;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'causeway-audit-'));
  database = openDatabase(dir);
  audit = auditStore(database);
});
afterEach(async () => {
  database.close();
  await rm(dir, { recursive: true, force: true });
});

function write(count: number, store: AuditStore = audit): void {
  for (let n = 1; n <= count; n += 1) {
    store.add({
      time: 1_000 + n,
      actor: { name: 'ann', address: '192.0.2.1' },
      action: 'access.set',
      subject: `tunnel-${n}`,
      detail: { before: { paths: [] }, after: { paths: ['/x'] }, n },
    });
  }
}

describe('a whole log', () => {
  it('is whole, empty as well, and names its last hash', async () => {
    expect(await audit.verify()).toMatchObject({ intact: true, rows: 0, headSeq: 0 });
    write(5);
    const verdict = await audit.verify();
    const [last] = audit.list({ limit: 1 });
    expect(verdict).toEqual({ intact: true, rows: 5, headSeq: 5, head: last?.hash });
  });

  it('is read newest first, in pages, and searched in every field', () => {
    write(5);
    expect(audit.list({ limit: 2 }).map(({ seq }) => seq)).toEqual([5, 4]);
    expect(audit.list({ limit: 2, before: 4 }).map(({ seq }) => seq)).toEqual([3, 2]);
    expect(audit.list({ limit: 9, search: 'TUNNEL-3' }).map(({ seq }) => seq)).toEqual([3]);
    expect(audit.list({ limit: 9, search: '"n":4' }).map(({ seq }) => seq)).toEqual([4]);
    expect(audit.list({ limit: 9, search: '192.0.2.1' })).toHaveLength(5);
    expect(audit.list({ limit: 9, search: '%' })).toEqual([]);
  });

  it('is exported as JSON lines, oldest first', () => {
    write(1_200);
    const lines = [...auditLines(audit)].join('').trimEnd().split('\n');
    const rows = lines.map((line) => JSON.parse(line) as { seq: number; details: object });
    expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 1_200 }, (_, n) => n + 1));
    expect(rows[0]?.details).toMatchObject({ after: { paths: ['/x'] } });
  });

  it('forgets the oldest rows and stays whole', async () => {
    const short = auditStore(database, 10);
    write(35, short);
    const verdict = await short.verify();
    expect(verdict).toMatchObject({ intact: true, headSeq: 35 });
    expect(short.list({ limit: 50 }).length).toBeLessThanOrEqual(20);
  });
});

describe('tampering is found', () => {
  const broken = (brokenSeq: number, reason: string): object => ({
    intact: false,
    brokenSeq,
    reason,
  });

  it.each(['at', 'actor', 'address', 'action', 'subject', 'details'])('in %s', async (column) => {
    write(6);
    const value = column === 'at' ? 7 : column === 'details' ? '{}' : 'mallory';
    database.prepare(`UPDATE audit_chain SET ${column} = ? WHERE seq = 3`).run(value);
    expect(await audit.verify()).toMatchObject(broken(3, 'hash'));
  });

  it('a row whose own hash was made anew breaks the next', async () => {
    write(6);
    const chained = database.prepare('SELECT hash FROM audit_chain WHERE seq = 2').pluck();
    expect(chained.get()).toMatch(/^[0-9a-f]{64}$/);
    database.prepare('UPDATE audit_chain SET hash = ? WHERE seq = 2').run('f'.repeat(64));
    expect(await audit.verify()).toMatchObject(broken(2, 'hash'));
    database.prepare('UPDATE audit_chain SET prev_hash = ? WHERE seq = 2').run('f'.repeat(64));
    expect(await audit.verify()).toMatchObject(broken(2, 'link'));
  });

  it('a row that was taken out', async () => {
    write(6);
    database.exec('DELETE FROM audit_chain WHERE seq = 3');
    expect(await audit.verify()).toMatchObject(broken(4, 'gap'));
  });

  it('the first rows', async () => {
    write(6);
    database.exec('DELETE FROM audit_chain WHERE seq <= 2');
    expect(await audit.verify()).toMatchObject(broken(3, 'gap'));
  });

  it('the last rows, and a row that is written after', async () => {
    write(6);
    database.exec('DELETE FROM audit_chain WHERE seq > 4');
    expect(await audit.verify()).toMatchObject(broken(5, 'end'));
    write(1);
    expect(await audit.verify()).toMatchObject(broken(7, 'gap'));
  });

  it('details that are no JSON any more are still shown', () => {
    write(1);
    database.exec("UPDATE audit_chain SET details = '{' WHERE seq = 1");
    expect(audit.list({ limit: 1 })).toMatchObject([{ details: { damaged: '{' } }]);
  });
});

it('what an older relay logged becomes the beginning of the chain', async () => {
  const old = new Sqlite(':memory:');
  migrations[0]?.(old);
  old.exec(
    `INSERT INTO audit (time, actor, action, subject, detail) VALUES (5, 'admin', 'tunnel.create', 'a', '{"domains":"x"}')`,
  );
  for (const step of migrations.slice(1)) step(old);
  const migrated = auditStore(old);
  write(1, migrated);
  expect(await migrated.verify()).toMatchObject({ intact: true, rows: 2 });
  expect(migrated.list({ limit: 2 }).at(-1)).toMatchObject({ at: 5, details: { domains: 'x' } });
  old.close();
});
