import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { BotSending } from '../../../common/domain/bot.ts';
import { defaultSettings } from '../../../common/domain/settings.ts';
import { silentLogger, type Logger } from '../../../common/domain/log.ts';
import { AppError } from '../../../common/errors/app-error.ts';
import { createFileSecretBox } from '../secrets/file-box.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { openStores, type Stores } from './index.ts';
import { Route } from '../../../common/domain/route.ts';
import { newTarget } from './target-store.ts';

async function open(dir: string, log: Logger = silentLogger): Promise<Stores> {
  const stores = await openStores(dir, await createFileSecretBox(join(dir, 'secret.key')), log);
  onTestFinished(() => stores.close());
  return stores;
}

const bot = {
  ...BotSending.parse({ corpId: 'ww1', agentId: 7, overflow: ['b2'] }),
  id: 'b1',
  kind: 'app',
  name: 'Bot',
  receiveId: 'corp',
  target: null,
  isDefault: true,
} as const;

const target = {
  ...newTarget,
  id: 't1',
  url: 'http://127.0.0.1:1/',
  weight: 3,
  healthCheck: '/up',
};
const route = Route.parse({ id: 'r1', match: { keywords: ['hi'] }, targets: [{ id: 't1' }] });

test('what is stored is there again after a restart', async () => {
  const dir = tempDir();
  const first = await open(dir);
  first.settings.update({ theme: 'dark', retentionDays: 7 });
  first.targets.save(target);
  first.routes.save(route);
  first.bots.save({ ...bot, target: 't1' });
  first.apiKeys.save({ id: 'k', hash: 'ff', scopes: ['read', 'send'] }, 1);
  first.secrets.put(await first.secrets.seal('bot/b1/token', 'sesame'));
  const identity = {
    keyName: 'device/relay.example:2222/private-key',
    deviceId: 'd',
    tunnel: 't',
    domains: ['a.example', 'b.example'],
    endpoint: { host: 'relay.example', port: 2222 },
    certificate: 'cert',
    ca: 'ca',
  };
  first.identity.save(identity);
  const other = { ...identity, endpoint: { host: 'b.example', port: 2222 } };
  first.identity.save(other);
  first.identity.setUntrusted(other.endpoint, 7);
  expect(first.identity.reorder([other.endpoint])).toBe(false);
  expect(first.identity.reorder([other.endpoint, other.endpoint])).toBe(false);
  expect(first.identity.reorder([other.endpoint, identity.endpoint])).toBe(true);
  first.close();

  const second = await open(dir);
  expect(second.settings.read()).toEqual({ ...defaultSettings, theme: 'dark', retentionDays: 7 });
  expect(second.targets.list()).toEqual([target]);
  expect(second.routes.list()).toEqual([route]);
  expect(second.routes.usersOf('t1')).toEqual(['r1']);
  expect(second.bots.list()).toEqual([{ ...bot, target: 't1' }]);
  expect(second.bots.usersOf('t1')).toEqual(['b1']);
  expect(second.apiKeys.list()).toEqual([{ id: 'k', hash: 'ff', scopes: ['read', 'send'] }]);
  expect(second.secrets.get('bot/b1/token')).toBe('sesame');
  expect(second.identity.list()).toEqual([
    { ...other, untrustedAt: 7 },
    { ...identity, untrustedAt: null },
  ]);
  expect(readFileSync(join(dir, 'causeway.db')).includes('sesame')).toBe(false);
});

test('a stored setting that no longer fits falls back to its default', async () => {
  const dir = tempDir();
  (await open(dir)).close();
  const raw = new Database(join(dir, 'causeway.db'));
  raw.exec(
    `INSERT INTO settings VALUES ('theme', '"neon"'), ('locale', '"en"'), ('gone', '1'), ('logLevel', '{')`,
  );
  raw.close();
  expect((await open(dir)).settings.read()).toEqual({ ...defaultSettings, locale: 'en' });
});

test('there is one default bot at a time', async () => {
  const { bots } = await open(tempDir());
  bots.save(bot);
  bots.save({ ...bot, id: 'b2' });
  expect(bots.list().map(({ id, isDefault }) => [id, isDefault])).toEqual([
    ['b1', false],
    ['b2', true],
  ]);
});

test('a secret sealed by another key counts as unset, is named in the log, and is kept', async () => {
  const dir = tempDir();
  const first = await open(dir);
  first.secrets.put(await first.secrets.seal('device/private-key', 'one'));
  first.close();
  const key = readFileSync(join(dir, 'secret.key'));
  writeFileSync(join(dir, 'secret.key'), Buffer.alloc(32, 1));
  const warnings: object[] = [];
  const second = await open(dir, { ...silentLogger, warn: (fields) => void warnings.push(fields) });
  expect(second.secrets.get('device/private-key')).toBeUndefined();
  expect(warnings).toEqual([{ code: 'SECRET_UNREADABLE', name: 'device/private-key' }]);
  second.close();
  writeFileSync(join(dir, 'secret.key'), key);
  expect((await open(dir)).secrets.get('device/private-key')).toBe('one');
});

test('a sealed row copied over another does not pass for it', async () => {
  const dir = tempDir();
  const first = await open(dir);
  first.secrets.put(await first.secrets.seal('bot/a/token', 'one'));
  first.secrets.put(await first.secrets.seal('bot/b/token', 'two'));
  first.close();
  const raw = new Database(join(dir, 'causeway.db'));
  raw.exec(`UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE name = 'bot/a/token')`);
  raw.close();
  const { secrets } = await open(dir);
  expect([secrets.get('bot/a/token'), secrets.get('bot/b/token')]).toEqual(['one', undefined]);
});

test('removing what is below a name leaves its neighbours', async () => {
  const { secrets } = await open(tempDir());
  for (const name of ['bot/a/token', 'bot/a/webhook', 'bot/ab/token', 'bot/a']) {
    secrets.put(await secrets.seal(name, 'x'));
  }
  secrets.remove('bot/a/');
  const left = ['bot/a/token', 'bot/a/webhook', 'bot/ab/token', 'bot/a'].map((name) =>
    secrets.get(name),
  );
  expect(left).toEqual([undefined, undefined, 'x', 'x']);
});

test('a transaction that fails takes memory back as well', async () => {
  const stores = await open(tempDir());
  const secret = await stores.secrets.seal('bot/a/token', 'x');
  expect(() =>
    stores.transaction(() => {
      stores.secrets.put(secret);
      stores.bots.save(bot);
      for (const id of ['a', 'b']) stores.apiKeys.save({ id, hash: 'ff', scopes: ['read'] }, 1);
    }),
  ).toThrow('UNIQUE');
  expect(stores.secrets.get('bot/a/token')).toBeUndefined();
  expect(stores.bots.list()).toEqual([]);
});

test.each([
  ['garbage', () => Buffer.from('this is not a database, whatever its name may say. '.repeat(40))],
  ['a page overwritten', (file: string) => readFileSync(file).fill(0xab, 4096, 12_288)],
])('a damaged file (%s) is refused and not touched', async (_name, damage) => {
  const dir = tempDir();
  const file = join(dir, 'causeway.db');
  (await open(dir)).close();
  const damaged = damage(file);
  writeFileSync(file, damaged);
  await expect(open(dir)).rejects.toEqual(new AppError('SETTINGS_CORRUPT', { file }));
  expect(readFileSync(file).equals(damaged)).toBe(true);
});

test('a database of another program is refused', async () => {
  const dir = tempDir();
  const file = join(dir, 'causeway.db');
  const other = new Database(file);
  other.exec('CREATE TABLE notes (text TEXT)');
  other.close();
  await expect(open(dir)).rejects.toEqual(new AppError('SETTINGS_CORRUPT', { file }));
});

test('routes keep their order, and take a new one only as a whole', async () => {
  const stores = await open(tempDir());
  for (const id of ['a', 'b', 'c']) stores.routes.save({ ...route, id });
  stores.routes.save({ ...route, id: 'a', name: 'changed' });
  const ids = (): string[] => stores.routes.list().map(({ id }) => id);
  expect(ids()).toEqual(['a', 'b', 'c']);
  expect(stores.routes.reorder(['c', 'a', 'b'])).toBe(true);
  expect(ids()).toEqual(['c', 'a', 'b']);
  for (const wrong of [
    ['a', 'b'],
    ['a', 'b', 'b'],
    ['a', 'b', 'c', 'd'],
    ['a', 'b', 'x'],
  ]) {
    expect(stores.routes.reorder(wrong)).toBe(false);
  }
  expect(stores.routes.remove('a')).toBe(true);
  stores.routes.save({ ...route, id: 'd' });
  expect(ids()).toEqual(['c', 'b', 'd']);
});

test('a keystore that is locked ends the start, and leaves every secret as it is', async () => {
  const dir = tempDir();
  const box = await createFileSecretBox(join(dir, 'secret.key'));
  const first = await openStores(dir, box, silentLogger);
  first.secrets.put(await first.secrets.seal('bot/a/token', 'sesame'));
  first.close();
  const locked = {
    ...box,
    open: () => Promise.reject(new AppError('SECRET_STORE_UNAVAILABLE')),
  };
  await expect(openStores(dir, locked, silentLogger)).rejects.toMatchObject({
    code: 'SECRET_STORE_UNAVAILABLE',
  });
  expect((await open(dir)).secrets.get('bot/a/token')).toBe('sesame');
});
