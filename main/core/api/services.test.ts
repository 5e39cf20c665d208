import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { callStrictly, startTestCore } from '../testing/core.ts';
import { tempDir } from '../testing/temp-dir.ts';

const shop = { id: 'shop', path: '/shop', targets: [{ id: 'web', weight: 3 }] };

async function coreWithTargets(dir = tempDir()) {
  const core = await startTestCore(dir);
  await callStrictly(core, 'targets.save', { id: 'web', url: 'http://127.0.0.1:9/' });
  await callStrictly(core, 'targets.save', { id: 'worker', url: '' });
  return core;
}

test('a service is stored with what was left out, shown, and there after a restart', async () => {
  const dir = tempDir();
  const core = await coreWithTargets(dir);
  await callStrictly(core, 'services.save', shop);
  const expected = [
    {
      ...shop,
      host: null,
      stripPath: false,
      balance: 'round_robin',
      websocket: true,
      timeoutMs: 60_000,
      open: 0,
      sockets: 0,
      requests: 0,
      failed: 0,
      failedAt: null,
      lockedBy: null,
    },
  ];
  expect(await callStrictly(core, 'services.list')).toEqual({ services: expected });
  await core.stop(0);
  const again = await startTestCore(dir);
  expect(await callStrictly(again, 'state.get')).toMatchObject({ services: expected });
  await callStrictly(again, 'services.remove', { id: 'shop' });
  expect(await callStrictly(again, 'services.list')).toEqual({ services: [] });
});

test.each([
  [{ targets: [{ id: 'nowhere' }] }, { code: 'NOT_FOUND', params: { kind: 'target' } }],
  [{ targets: [{ id: 'worker' }] }, { code: 'BAD_INPUT', params: { target: 'worker' } }],
  [{ targets: [{ id: 'web' }, { id: 'web' }] }, { code: 'BAD_INPUT' }],
  [{ targets: [] }, { code: 'BAD_INPUT', params: { field: 'targets' } }],
  [{ path: '/a/%2e%2e/b' }, { code: 'BAD_INPUT', params: { field: 'path' } }],
  [{ host: 'Shop.example:443' }, { code: 'BAD_INPUT', params: { field: 'host' } }],
  [{ path: '/shop/' }, { code: 'CONFLICT', params: { kind: 'service', id: 'shop' } }],
])('%o is refused', async (more, refusal) => {
  const core = await coreWithTargets();
  await callStrictly(core, 'services.save', shop);
  const other = { ...shop, id: 'other', path: '/other', ...more };
  await expect(callStrictly(core, 'services.save', other)).rejects.toMatchObject(refusal);
  const { services } = await callStrictly(core, 'services.list');
  expect(services.map(({ id }) => id)).toEqual(['shop']);
});

test('a target that is published is not removed', async () => {
  const core = await coreWithTargets();
  await callStrictly(core, 'services.save', shop);
  await expect(callStrictly(core, 'targets.remove', { id: 'web' })).rejects.toMatchObject({
    code: 'CONFLICT',
    params: { usedBy: 'shop' },
  });
});

test('what a file publishes is shown with its source and stays as it is', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'causeway-services-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const configFile = join(dir, 'config.toml');
  writeFileSync(
    configFile,
    `[[targets]]\nid = "web"\nurl = "http://127.0.0.1:9/"\n
[[services]]\nid = "docs"\nhost = "Docs.example"\ntarget = "web"\nwebsocket = false\ntimeout = "5s"\n`,
  );
  const core = await startTestCore(tempDir(), { configFile });
  const { services } = await callStrictly(core, 'services.list');
  expect(services).toMatchObject([
    { id: 'docs', host: 'docs.example', websocket: false, timeoutMs: 5_000, lockedBy: configFile },
  ]);
  const locked = { code: 'SETTINGS_LOCKED', params: { key: 'services.docs', source: configFile } };
  await expect(callStrictly(core, 'services.remove', { id: 'docs' })).rejects.toMatchObject(locked);
  await expect(callStrictly(core, 'services.save', { ...shop, id: 'docs' })).rejects.toMatchObject(
    locked,
  );
});

test('the management API publishes and withdraws with a key of an admin', async () => {
  const core = await coreWithTargets();
  const key = await core.createApiKey('admin', ['admin']);
  const reader = await core.createApiKey('reader', ['read']);
  const ask = (method: string, path: string, bearer: string, body?: object) =>
    fetch(`${core.gatewayAddress}/api/services${path}`, {
      method,
      headers: {
        authorization: `Bearer ${bearer}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const { id: _, ...body } = shop;
  expect((await ask('PUT', '/shop', reader, body)).status).toBe(403);
  expect((await ask('PUT', '/shop', key, { ...body, path: 'shop' })).status).toBe(400);
  expect((await ask('PUT', '/shop', key, body)).status).toBe(204);
  expect(await (await ask('GET', '', reader)).json()).toMatchObject({ services: [shop] });
  expect(await callStrictly(core, 'services.list')).toMatchObject({ services: [shop] });
  expect((await ask('DELETE', '/shop', key)).status).toBe(204);
  expect((await ask('DELETE', '/shop', key)).status).toBe(404);
  expect(await (await ask('GET', '', reader)).json()).toEqual({ services: [] });
  const document = await fetch(`${core.gatewayAddress}/api/openapi.json`);
  const { paths } = (await document.json()) as { paths: Record<string, object> };
  expect(Object.keys(paths['/api/services/{id}'] ?? {})).toEqual(['put', 'delete']);
});
