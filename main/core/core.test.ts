import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { SnapshotPatch } from '../../common/domain/snapshot.ts';
import { silentLogger } from '../../common/domain/log.ts';
import { AppError } from '../../common/errors/app-error.ts';
import { createCore, createFileSecretBox } from './index.ts';
import { openStores } from './settings/index.ts';
import { callStrictly, startTestCore } from './testing/core.ts';
import { tempDir } from './testing/temp-dir.ts';

const robot = {
  id: 'robot',
  kind: 'robot',
  name: 'Robot',
  receiveId: '',
  target: null,
  isDefault: false,
} as const;
const token = 'Abcdefghijklmnopqrstuvwxyz';

test('a new core answers every question, in the shape of the contract', async () => {
  const core = await startTestCore(tempDir());
  expect(await callStrictly(core, 'app.info')).toMatchObject({
    version: '1.2.3',
    capabilities: ['read', 'manage', 'reveal', 'send'],
  });
  const snapshot = await callStrictly(core, 'state.get');
  expect(snapshot).toMatchObject({
    rev: 0,
    tunnel: { state: { phase: 'unenrolled' }, relay: null },
    certificates: [],
    bots: [],
    gateway: { address: core.gatewayAddress },
    settings: { locked: { managementPort: '--management' } },
  });
  expect(await callStrictly(core, 'messages.list', { limit: 10 })).toEqual({
    rows: [],
    more: false,
  });
  const { entries } = await callStrictly(core, 'logs.recent', { limit: 100 });
  expect(entries.map(({ message }) => message)).toContain('started');
});

test('what an operator saves is in force, announced, and there after a restart', async () => {
  const dir = tempDir();
  const core = await startTestCore(dir);
  const patches: SnapshotPatch[] = [];
  core.local.subscribe('state.changed', (payload) => patches.push(SnapshotPatch.parse(payload)));
  const secret = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
  await callStrictly(core, 'targets.save', { id: 'crm', url: 'http://127.0.0.1:9/', secret });
  await callStrictly(core, 'bots.save', {
    ...robot,
    id: 'app',
    kind: 'app',
    receiveId: 'corp',
    token,
    target: 'crm',
    isDefault: true,
  });
  await callStrictly(core, 'bots.save', {
    ...robot,
    webhook: 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=4d6f-abc',
  });
  await callStrictly(core, 'settings.update', { theme: 'dark' });
  // Left out, a secret stays.
  await callStrictly(core, 'targets.save', { id: 'crm', url: 'http://127.0.0.1:10/' });
  expect(patches.map(({ rev }) => rev)).toEqual(patches.map((_, index) => index + 1));
  expect(await callStrictly(core, 'send.quota', { bot: 'robot' })).toMatchObject({ remaining: 20 });
  await core.stop(0);

  const again = await startTestCore(dir);
  const { bots, targets, settings } = await callStrictly(again, 'state.get');
  expect(settings.values.theme).toBe('dark');
  expect(targets).toMatchObject([
    {
      id: 'crm',
      url: 'http://127.0.0.1:10/',
      secret: { set: true, hint: `…${secret.slice(-3)}` },
      healthy: null,
    },
  ]);
  expect(bots).toMatchObject([
    {
      id: 'app',
      token: { set: true, hint: '…xyz' },
      encodingAesKey: { set: false },
      callbackPath: '/wecom/callback/app',
      isDefault: true,
    },
    { id: 'robot', webhook: { set: true, hint: '…abc' }, callbackPath: null },
  ]);
  const log = readFileSync(join(dir, 'logs', 'causeway.log'), 'utf8');
  for (const value of [token, secret, '4d6f-abc']) expect(log).not.toContain(value);
});

test('what does not fit together is refused and changes nothing', async () => {
  const core = await startTestCore(tempDir());
  await callStrictly(core, 'targets.save', { id: 'crm', url: 'http://127.0.0.1:9/' });
  await callStrictly(core, 'bots.save', { ...robot, id: 'app', kind: 'app', target: 'crm' });
  const before = await callStrictly(core, 'state.get');
  await expect(callStrictly(core, 'bots.save', { ...robot, target: 'nowhere' })).rejects.toEqual(
    new AppError('NOT_FOUND', { kind: 'target', id: 'nowhere' }),
  );
  await expect(callStrictly(core, 'bots.save', { ...robot, isDefault: true })).rejects.toEqual(
    new AppError('BAD_INPUT', { field: 'isDefault' }),
  );
  await expect(callStrictly(core, 'targets.remove', { id: 'crm' })).rejects.toEqual(
    new AppError('CONFLICT', { kind: 'target', id: 'crm', usedBy: 'app' }),
  );
  await expect(
    callStrictly(core, 'targets.save', {
      id: 'x',
      url: 'http://127.0.0.1:9/',
      secret: 'whsec_short',
    }),
  ).rejects.toEqual(new AppError('BAD_INPUT', { field: 'secret' }));
  await expect(callStrictly(core, 'bots.remove', { id: 'nobody' })).rejects.toThrow('NOT_FOUND');
  await expect(callStrictly(core, 'targets.remove', { id: 'nothing' })).rejects.toThrow(
    'NOT_FOUND',
  );
  await expect(callStrictly(core, 'settings.update', { managementPort: 1 })).rejects.toThrow(
    'SETTINGS_LOCKED',
  );
  await expect(callStrictly(core, 'settings.update', { startAtLogin: true })).rejects.toThrow(
    'FORBIDDEN',
  );
  await expect(callStrictly(core, 'tunnel.connect')).rejects.toThrow('NOT_ENROLLED');
  await expect(callStrictly(core, 'tunnel.forget')).rejects.toThrow('NOT_ENROLLED');
  await expect(callStrictly(core, 'tunnel.enrol', { token: 'cwe1_x' })).rejects.toThrow(
    'TOKEN_MALFORMED',
  );
  expect(await callStrictly(core, 'state.get')).toEqual(before);
});

test('a host with native ports offers the desktop; its refusal to start at login saves nothing', async () => {
  const opened: string[] = [];
  const core = await startTestCore(tempDir(), {
    host: {
      openExternal: async (url) => void opened.push(url),
      revealData: async () => undefined,
      quit: async () => undefined,
      setLoginItem: () => Promise.reject(new AppError('FORBIDDEN')),
    },
  });
  expect((await callStrictly(core, 'app.info')).capabilities).toContain('desktop');
  await callStrictly(core, 'shell.openExternal', { url: 'https://example.com/' });
  await expect(
    callStrictly(core, 'shell.openExternal', { url: 'file:///etc/passwd' }),
  ).rejects.toThrow('BAD_INPUT');
  expect(opened).toEqual(['https://example.com/']);
  await expect(callStrictly(core, 'settings.update', { startAtLogin: true })).rejects.toThrow(
    'FORBIDDEN',
  );
  expect((await callStrictly(core, 'state.get')).settings.values.startAtLogin).toBe(false);
});

test('an API key opens the management API and is not kept', async () => {
  const dir = tempDir();
  const core = await startTestCore(dir);
  const key = await core.createApiKey('ci', ['read']);
  expect(key).toMatch(/^cwk_[A-Za-z0-9_-]{43}$/);
  const ask = (authorization: string) =>
    fetch(`${core.gatewayAddress}/api/messages?limit=1`, { headers: { authorization } });
  expect((await ask(`Bearer ${key}`)).status).toBe(200);
  expect((await ask(`Bearer ${key}x`)).status).toBe(401);
  const replaced = await core.createApiKey('ci', ['read']);
  expect((await ask(`Bearer ${key}`)).status).toBe(401);
  expect((await ask(`Bearer ${replaced}`)).status).toBe(200);
  const stored = readFileSync(join(dir, 'causeway.db-wal'));
  expect(stored.includes(key)).toBe(false);
});

test('the tunnel shows in the metrics', async () => {
  const core = await startTestCore(tempDir());
  const answer = await fetch(`${core.gatewayAddress}/metrics`);
  expect(await answer.text()).toContain('\ncauseway_tunnel_up 0\n');
});

test('a port that is taken ends the start when it was asked for, and is gone round when it was not', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void taken.close());
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const dir = tempDir();
  await expect(
    startTestCore(dir, { managementListen: { host: '127.0.0.1', port } }),
  ).rejects.toThrow('PORT_IN_USE');

  // The failed start left nothing open: the same directory can be used at once.
  const secrets = await createFileSecretBox(join(dir, 'secret.key'));
  const stores = await openStores(dir, secrets, silentLogger);
  stores.settings.update({ managementPort: port });
  stores.close();
  const options = { dataDir: dir, secrets, host: {}, version: '1', systemLocale: 'en' } as const;
  const moved = await createCore(options);
  onTestFinished(() => moved.stop(0));
  expect(moved.gatewayAddress).not.toBe(`http://127.0.0.1:${port}`);
  expect((await fetch(`${moved.gatewayAddress}/api/health`)).status).toBe(200);
});

test('one data directory, one core; a stopped one answers nobody', async () => {
  const dir = tempDir();
  const core = await startTestCore(dir);
  await expect(startTestCore(dir)).rejects.toThrow('DATA_DIR_IN_USE');
  await Promise.all([core.stop(0), core.stop(0)]);
  expect(await core.local.call('state.get', undefined)).toMatchObject({
    error: { code: 'HOST_GONE' },
  });
});

test('damaged settings end the start and are left as they are', async () => {
  const dir = tempDir();
  const file = join(dir, 'causeway.db');
  mkdirSync(dir, { recursive: true });
  writeFileSync(file, 'x'.repeat(5_000));
  await expect(startTestCore(dir)).rejects.toEqual(new AppError('SETTINGS_CORRUPT', { file }));
  expect(readFileSync(file, 'utf8')).toBe('x'.repeat(5_000));
});

test('log lines arrive as they are written', async () => {
  const core = await startTestCore(tempDir());
  const { promise, resolve } = Promise.withResolvers<unknown>();
  core.local.subscribe('logs.appended', resolve);
  core.log.child({ module: 'probe' }).info({ n: 1 }, 'here');
  expect(await promise).toMatchObject({
    dropped: 0,
    entries: [{ module: 'probe', message: 'here' }],
  });
});

test('keeps what a bot sends with, takes away what is null, and never shows the secret', async () => {
  const dir = tempDir();
  const core = await startTestCore(dir);
  const app = { ...robot, id: 'app', kind: 'app' } as const;
  await callStrictly(core, 'bots.save', {
    ...app,
    corpId: 'ww0123',
    corpSecret: 'secret-of-the-app-9x',
    agentId: 7,
    egress: 'relay',
    overflow: ['r2'],
    lateReply: 'app',
  });
  await callStrictly(core, 'bots.save', { ...app, name: 'renamed', lateReply: null });
  await core.stop(0);
  const again = await startTestCore(dir);
  const { bots } = await callStrictly(again, 'state.get');
  expect(bots).toMatchObject([
    {
      name: 'renamed',
      corpId: 'ww0123',
      corpSecret: { set: true, hint: '…-9x' },
      agentId: 7,
      egress: 'relay',
      overflow: ['r2'],
      lateReply: null,
      apiBase: null,
    },
  ]);
});
