import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect } from 'vitest';
import { startGateway, tempDir, testConfig } from '../../gateway/testing/harness.ts';
import { appBot, textMessage } from '../../gateway/testing/wecom-client.ts';
import { LEFT_OUT, promise } from '../support/report.ts';
import { keys, load, post, sealed, startChild, storedIn } from './support/inbound.ts';

const config = testConfig({ bots: [appBot(keys)] });

promise(
  'R4',
  {
    against: 'an answer before its data is on disk',
    by: 'strace of the gateway',
    promise: 'a sync of the log lies between every request and its answer',
  },
  async (figures) => {
    if (spawnSync('strace', ['-V']).status !== 0) {
      figures[LEFT_OUT] = 'strace is not installed';
      return;
    }
    const dir = await tempDir();
    const trace = join(dir, 'trace');
    const calls = 'trace=fsync,fdatasync,write,writev,sendto';
    const child = await startChild(join(dir, 'data'), config, [
      ...['strace', '-D', '-f', '-q', '-s', '16', '-e', calls, '-o', trace],
    ]);
    const sent = 40;
    for (let n = 0; n < sent; n += 1) {
      const answer = await post(child, sealed(textMessage(`one after the other ${n}`)));
      expect(answer).toMatchObject({ status: 200 });
    }
    expect(await child.end('SIGTERM')).toBe(0);
    // The tracer is a process of its own and may still be writing.
    await expect.poll(() => readFile(trace, 'utf8')).toMatch(/exited with 0 \+\+\+\s*$/);
    let syncs = 0;
    let answers = 0;
    let unsynced = 0;
    let since = 0;
    for (const line of (await readFile(trace, 'utf8')).split('\n')) {
      // A call that another thread interrupts is noted twice; it counts where it returns.
      if (/\bf(data)?sync(\(| resumed)/.test(line) && line.includes('= 0')) {
        syncs += 1;
        since += 1;
      } else if (line.includes('"HTTP/1.1 200')) {
        answers += 1;
        if (since === 0) unsynced += 1;
        since = 0;
      }
    }
    Object.assign(figures, { sent, answers, syncs, 'answers without sync': unsynced });
    expect(answers).toBe(sent);
    expect(unsynced).toBe(0);
  },
  120_000,
);

promise(
  'R4',
  {
    against: 'a power cut in the middle of a write',
    by: 'copies of the store with its log cut at every kind of place',
    promise: 'every copy opens, and holds whole what had been committed up to there',
  },
  async (figures) => {
    const dir = await tempDir();
    const dataDir = join(dir, 'data');
    const child = await startChild(dataDir, config);
    const acked: string[] = [];
    const sizes: { bytes: number; acked: number }[] = [];
    const wal = join(dataDir, 'inbox.db-wal');
    for (let n = 0; n < 30; n += 1) {
      const plaintext = textMessage(`message ${n}`);
      expect(await post(child, sealed(plaintext))).toMatchObject({ status: 200 });
      acked.push(plaintext);
      sizes.push({ bytes: (await readFile(wal)).length, acked: acked.length });
    }
    await child.end('SIGKILL');
    const whole = sizes.at(-1)?.bytes ?? 0;
    const cuts = new Set<number>([0, 1, 31, 32, 33, whole]);
    for (const { bytes } of sizes) for (const by of [-1, 0, 1]) cuts.add(bytes + by);
    for (let at = 0; at < whole; at += 4_099) cuts.add(at);
    let lost = 0;
    for (const cut of [...cuts].filter((at) => at >= 0 && at <= whole)) {
      const copy = join(dir, `cut-${cut}`);
      await mkdir(copy);
      await copyFile(join(dataDir, 'inbox.db'), join(copy, 'inbox.db'));
      await copyFile(wal, join(copy, 'inbox.db-wal'));
      await truncate(join(copy, 'inbox.db-wal'), cut);
      const db = new Database(join(copy, 'inbox.db'));
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
      const tables = db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'inbound'");
      const rows =
        Number(tables.pluck().get()) === 0
          ? []
          : db.prepare('SELECT raw FROM inbound ORDER BY id').pluck().all().map(String);
      db.close();
      const due = sizes.filter(({ bytes }) => bytes <= cut).at(-1)?.acked ?? 0;
      if (rows.length < due) lost += 1;
      expect(rows).toEqual(acked.slice(0, rows.length));
    }
    Object.assign(figures, { sent: acked.length, cuts: cuts.size, lost });
    expect(lost).toBe(0);
    const gateway = await startGateway(config, { dataDir });
    expect(storedIn(gateway).size).toBe(acked.length);
  },
  120_000,
);

promise(
  'R5',
  {
    against: '64 identical callbacks at once, in each of three processes on one store',
    by: 'parallel requests',
    promise: 'one row, every one of them answered 200',
  },
  async (figures) => {
    const dataDir = await tempDir();
    const children = [
      await startChild(dataDir, config),
      await startChild(dataDir, config),
      await startChild(dataDir, config),
    ];
    const callback = sealed(textMessage('the same for all'));
    const answers = await Promise.all(
      Array.from({ length: 192 }, (_, n) => post(children[n % 3] ?? { address: '' }, callback)),
    );
    const ok = answers.filter((answer) => answer !== 'reset' && answer.status === 200).length;
    for (const child of children) await child.end('SIGTERM');
    const gateway = await startGateway(config, { dataDir });
    const [row] = gateway.listMessages({ limit: 10 }).rows;
    const stored = storedIn(gateway);
    Object.assign(figures, {
      sent: 192,
      answered: ok,
      stored: stored.size,
      repeats: row?.repeats ?? 0,
    });
    expect(ok).toBe(192);
    expect(stored.size).toBe(1);
    expect(row?.repeats).toBe(191);
  },
);

promise(
  'R8',
  {
    against: 'a disk that is full, then not',
    by: 'a limit on the size of files (RLIMIT_FSIZE)',
    promise: 'only 200 or reset; nothing answered is lost',
  },
  async (figures) => {
    const dataDir = await tempDir();
    const limited = ['bash', '-c', 'ulimit -f 1500; exec "$@"', 'bash'];
    const child = await startChild(dataDir, config, limited);
    let refused = 0;
    const health: Promise<number>[] = [];
    const result = await load(child, {
      clients: 8,
      stop: () => refused >= 20,
      onReset: () => {
        refused += 1;
        // Asked each time: a write that is small enough may succeed again, and the store is well then.
        health.push(fetch(`${child.address}/api/health`).then(({ status }) => status));
      },
    });
    expect(result.wrong).toEqual([]);
    expect(await Promise.all(health)).toContain(503);
    await child.end('SIGKILL');
    const gateway = await startGateway(config, { dataDir });
    const stored = storedIn(gateway);
    const lost = result.acked.filter((plaintext) => !stored.has(plaintext));
    Object.assign(figures, {
      sent: result.sent,
      answered: result.acked.length,
      resets: result.resets,
      stored: stored.size,
      lost: lost.length,
    });
    expect(result.acked.length).toBeGreaterThan(20);
    expect(result.resets).toBeGreaterThanOrEqual(20);
    expect(lost).toEqual([]);
    expect(await post(gateway, sealed(textMessage('well again')))).toMatchObject({ status: 200 });
  },
  120_000,
);

promise(
  'R8',
  {
    against: 'a store that another process holds, and 100 times the load',
    by: 'an exclusive lock; 600 clients',
    promise: 'only 200 or reset; taken again when the lock is gone',
  },
  async (figures) => {
    const dataDir = await tempDir();
    const child = await startChild(dataDir, config);
    expect(await post(child, sealed(textMessage('before')))).toMatchObject({ status: 200 });
    const lock = new Database(join(dataDir, 'inbox.db'));
    lock.exec('BEGIN IMMEDIATE');
    const held = await Promise.all(
      Array.from({ length: 5 }, () => post(child, sealed(textMessage('while locked')))),
    );
    expect(new Set(held)).toEqual(new Set(['reset']));
    lock.exec('ROLLBACK');
    lock.close();
    await expect
      .poll(() => post(child, sealed(textMessage('after'))))
      .toMatchObject({ status: 200 });
    let count = 0;
    const result = await load(child, { clients: 600, stop: () => (count += 1) > 3_000 });
    expect(result.wrong).toEqual([]);
    await child.end('SIGTERM');
    const stored = storedIn(await startGateway(config, { dataDir }));
    const lost = result.acked.filter((plaintext) => !stored.has(plaintext));
    Object.assign(figures, {
      sent: result.sent,
      answered: result.acked.length,
      resets: result.resets,
      lost: lost.length,
    });
    expect(lost).toEqual([]);
  },
  120_000,
);

promise(
  'R8',
  {
    against: 'a data directory that becomes read-only',
    by: 'a read-only mount',
    promise: 'nothing is answered that is not stored: it does not start, and says why',
  },
  async (figures) => {
    const dir = await tempDir();
    const dataDir = join(dir, 'data');
    await mkdir(dataDir);
    const mounted = `mount --bind "${dataDir}" "${dataDir}" && mount -o remount,bind,ro "${dataDir}"`;
    const around = ['unshare', '-m', 'bash', '-c', `${mounted} && exec "$@"`, 'bash'];
    const may = spawnSync(around[0] ?? '', [...around.slice(1), 'true']).status === 0;
    if (!may) {
      figures[LEFT_OUT] = 'mounting is not allowed here';
      return;
    }
    const whole = await startChild(dataDir, config);
    expect(await post(whole, sealed(textMessage('before')))).toMatchObject({ status: 200 });
    expect(await whole.end('SIGTERM')).toBe(0);
    const started = startChild(dataDir, config, around);
    await expect(started).rejects.toThrow(/did not start[^]*STORE_UNAVAILABLE/);
    const stored = storedIn(await startGateway(config, { dataDir }));
    Object.assign(figures, { sent: 1, answered: 1, stored: stored.size, lost: 1 - stored.size });
    expect(stored.size).toBe(1);
  },
);
