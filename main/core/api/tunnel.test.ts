import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { tunnelConfigPlace } from '../config/tunnel-config.ts';
import { callStrictly, startTestCore } from '../testing/core.ts';

function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'causeway-core-tunnel-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

it('takes an order of the relays only where it names all of them', async () => {
  const core = await startTestCore(join(tempDir(), 'data'));
  await callStrictly(core, 'tunnel.reorderRelays', { endpoints: [] });
  await expect(
    callStrictly(core, 'tunnel.reorderRelays', { endpoints: ['relay.example:2222'] }),
  ).rejects.toMatchObject({ code: 'CONFLICT' });
  await expect(
    callStrictly(core, 'tunnel.reorderRelays', { endpoints: ['no port'] }),
  ).rejects.toMatchObject({ code: 'BAD_INPUT' });
});

it('leaves the order to the file that gives one', async () => {
  const dir = tempDir();
  const file = join(dir, 'config.yaml');
  writeFileSync(file, 'relays:\n  - endpoint: relay.example:2222\n');
  const core = await startTestCore(join(dir, 'data'), { tunnelConfig: tunnelConfigPlace(file) });
  await expect(callStrictly(core, 'tunnel.reorderRelays', { endpoints: [] })).rejects.toMatchObject(
    { code: 'SETTINGS_LOCKED', params: { source: file } },
  );
  expect(core.snapshot().settings.locked).toMatchObject({ 'tunnel.relays': file });
});

it('makes an auth file, gives the same one again and takes it back', async () => {
  const core = await startTestCore(join(tempDir(), 'data'));
  const made = await callStrictly(core, 'tunnel.request', {});
  expect(made).toEqual(await callStrictly(core, 'tunnel.request', {}));
  expect(core.snapshot().tunnel.request).toMatchObject({
    fingerprint: made.fingerprint,
    endpoint: null,
    error: null,
  });
  await callStrictly(core, 'tunnel.cancelRequest');
  expect(core.snapshot().tunnel.request).toBeUndefined();
  await expect(callStrictly(core, 'tunnel.cancelRequest')).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});
