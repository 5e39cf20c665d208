import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished } from 'vitest';
import { AppError } from '../../common/errors/app-error.ts';
import { createCore, createFileSecretBox, type SecretBox } from '../../main/core/index.ts';
import { startPractice } from '../../practice/index.ts';
import { signedTextCallback } from '../support/callback.ts';
import { call, tally, type Public } from './support/public.ts';
import { fault, LEFT_OUT } from './support/rows.ts';
import { temporaryFolder } from './support/world.ts';

const run = promisify(execFile);

/** A file system of its own of `size`, taken off with the test; false where this machine does not let us. */
async function mount(folder: string, size: string): Promise<boolean> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'tmpfs', folder]);
  } catch {
    return false;
  }
  onTestFinished(async () => {
    await run('umount', ['-l', folder]);
  });
  return true;
}

/** Fills a file system to its last byte. */
async function fill(folder: string): Promise<string> {
  const file = join(folder, 'fill');
  let bytes = 1 << 20;
  const chunks: Buffer[] = [];
  while (bytes >= 512) {
    chunks.push(Buffer.alloc(bytes));
    try {
      await writeFile(file, Buffer.concat(chunks));
    } catch {
      chunks.pop();
      bytes = Math.floor(bytes / 2);
    }
  }
  await run('dd', ['if=/dev/zero', `of=${file}`, 'bs=512', 'conv=notrunc', 'oflag=append']).catch(
    () => undefined,
  );
  return file;
}

async function startOn(dataDir: string) {
  const practice = await startPractice({
    dataDir,
    version: '0.0.0',
    core: {
      secrets: await createFileSecretBox(join(dataDir, 'secret.key')),
      host: {},
      systemLocale: 'en',
    },
  });
  onTestFinished(() => practice.stop());
  const bot = practice.ready.bots.find((one) => one.kind === 'app');
  if (bot === undefined || bot.kind === 'robot') throw new Error('no app');
  const callback = new URL(bot.callback);
  const to: Public = {
    port: Number(callback.port),
    ca: await readFile(practice.ready.publicCa, 'utf8'),
    host: 'localhost',
  };
  const send = async (count: number) => {
    const outcomes = tally();
    for (let n = 0; n < count; n += 1) {
      const { query, body } = signedTextCallback(bot, `message ${n}`);
      outcomes.add(
        await call(to, { path: `${callback.pathname}?${query}`, body: Buffer.from(body) }),
      );
    }
    return outcomes;
  };
  const health = () => call(to, { path: '/api/health' });
  return { send, health };
}

fault(
  {
    id: 'T25',
    fault: 'disk of the inbox full, then free again',
    injectedBy: 'tmpfs of 6 MB filled to its last byte',
    promise:
      'keeps running: no callback is answered 200 that is not stored, all are once there is room',
  },
  async (figures) => {
    const dataDir = await temporaryFolder('disk');
    const folder = join(dataDir, 'gateway');
    if (!(await mount(folder, '6m'))) {
      figures[LEFT_OUT] = 'a file system cannot be mounted here';
      return;
    }
    const { send, health } = await startOn(dataDir);
    const before = await send(5);
    const file = await fill(folder);
    const during = await send(10);
    const alive = await health();
    await rm(file);
    const after = await send(5);
    figures['before'] = before.text();
    figures['full'] = during.text();
    figures['health when full'] = alive.name;
    figures['after'] = after.text();
    expect(before.count('200')).toBe(5);
    // The write-ahead log may have room for some; the rest is dropped, so that WeCom sends it again.
    expect(during.count('200') + during.count('ECONNRESET')).toBe(10);
    expect(during.count('ECONNRESET')).toBeGreaterThan(0);
    expect(alive.name).toBe('503');
    expect(after.count('200')).toBe(5);
  },
);

fault(
  {
    id: 'T25',
    fault: 'disk of the logs full',
    injectedBy: 'tmpfs of 64 KB filled to its last byte',
    promise: 'keeps serving',
  },
  async (figures) => {
    const dataDir = await temporaryFolder('disk');
    const folder = join(dataDir, 'logs');
    if (!(await mount(folder, '64k'))) {
      figures[LEFT_OUT] = 'a file system cannot be mounted here';
      return;
    }
    const { send } = await startOn(dataDir);
    await fill(folder);
    const during = await send(20);
    figures['full'] = during.text();
    expect(during.count('200')).toBe(20);
  },
);

fault(
  {
    id: 'T25',
    fault: 'keystore locked',
    injectedBy: 'secret store that refuses to open, on a data directory with secrets',
    promise: 'a clear code or a program that starts and says so, never a crash or a lost secret',
  },
  async (figures) => {
    const dataDir = await temporaryFolder('keystore');
    const managementListen = { host: '127.0.0.1', port: 0 };
    const good = await createFileSecretBox(join(dataDir, 'secret.key'));
    const locked: SecretBox = {
      seal: async () => {
        throw new AppError('SECRET_STORE_UNAVAILABLE');
      },
      open: async () => {
        throw new AppError('SECRET_STORE_UNAVAILABLE');
      },
    };
    const start = (secrets: SecretBox) =>
      createCore({
        dataDir,
        secrets,
        host: {},
        version: '0.0.0',
        systemLocale: 'en',
        managementListen,
      });
    const save = {
      id: 'bot',
      kind: 'app',
      name: 'Bot',
      token: 'token',
      encodingAesKey: 'a'.repeat(42) + 'A',
      receiveId: 'corp',
      target: null,
      isDefault: true,
    };
    const first = await start(good);
    expect(await first.local.call('bots.save', save)).toMatchObject({ ok: true });
    await first.stop(0);
    let outcome = '';
    try {
      const core = await start(locked);
      const reply = await core.local.call('bots.save', { ...save, id: 'other' });
      outcome = reply.ok ? 'saved' : `starts; saving says ${reply.error.code}`;
      await core.stop(0);
    } catch (error) {
      outcome = error instanceof AppError ? `refuses to start: ${error.code}` : String(error);
    }
    figures['locked'] = outcome;
    expect(outcome).toMatch(/SECRET_STORE_UNAVAILABLE/);
    const again = await start(good);
    expect(again.snapshot().bots.map(({ id }) => id)).toEqual(['bot']);
    await again.stop(0);
  },
);
