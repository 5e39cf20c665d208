import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { silentLogger } from '../../../common/domain/log.ts';
import { readTunnelConfig } from '../config/tunnel-config.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { createCa } from '../tunnel/testing/pki.ts';
import type { DeviceIdentity } from '../tunnel/index.ts';
import { openIdentitySource, type IdentitySource } from './identity-source.ts';

const ca = createCa();
const device = ca.issue({ commonName: 'gateway-1' });

const enrolledAt = (host: string): DeviceIdentity => ({
  deviceId: host,
  tunnel: 'acme',
  domains: [],
  endpoint: { host, port: 2222 },
  certificate: '',
  privateKey: '',
  ca: '',
});

function files(relays: string): { file: string; write: (name: string, text: string) => void } {
  const dir = tempDir();
  const write = (name: string, text: string): void => writeFileSync(join(dir, name), text);
  write('c.crt', device.certificate);
  write('c.key', device.privateKey);
  write('ca.crt', ca.certificate);
  write(
    'config.yaml',
    `security: { mTLS: { client_cert: c.crt, client_key: c.key, ca_cert: ca.crt } }\n${relays}`,
  );
  return { file: join(dir, 'config.yaml'), write };
}

async function open(
  file: string,
  enrolled: readonly DeviceIdentity[] = [],
): Promise<{ source: IdentitySource; changed: () => Promise<void> }> {
  let heard = Promise.withResolvers<void>();
  const source = await openIdentitySource({
    keeper: { list: () => enrolled },
    config: readTunnelConfig(file, {}),
    onChange: () => {
      heard.resolve();
      heard = Promise.withResolvers();
    },
    log: silentLogger,
    lookMs: 10,
  });
  onTestFinished(() => source.stop());
  return { source, changed: () => heard.promise };
}

test('files stand for the device at each relay of the file, and are not renewed', async () => {
  const { file } = files(
    'relays: [{ endpoint: "b:1", priority: 2 }, { endpoint: "a:1", priority: 1 }]\n',
  );
  const { source } = await open(file);
  expect(
    source.list().map(({ endpoint, deviceId, renewable }) => [endpoint.host, deviceId, renewable]),
  ).toEqual([
    ['a', 'gateway-1', false],
    ['b', 'gateway-1', false],
  ]);
});

test('files that change are read again; half a change is waited for', async () => {
  const { file, write } = files('relays: [{ endpoint: "a:1" }]\n');
  const { source, changed } = await open(file);
  const next = ca.issue({ commonName: 'gateway-2' });
  const heard = changed();
  write('c.crt', next.certificate);
  expect(source.list()[0]?.deviceId).toBe('gateway-1');
  write('c.key', next.privateKey);
  await heard;
  expect(source.list()[0]).toMatchObject({ deviceId: 'gateway-2', privateKey: next.privateKey });
});

test('files of nobody’s relay, and files that do not fit together, start nothing', async () => {
  const alone = files('');
  await expect(open(alone.file)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    params: { key: 'relays' },
  });
  const { source } = await open(alone.file, [enrolledAt('a')]);
  expect(source.list()).toMatchObject([{ deviceId: 'gateway-1', endpoint: { host: 'a' } }]);
  const { file, write } = files('relays: [{ endpoint: "a:1" }]\n');
  write('c.key', ca.issue().privateKey);
  await expect(open(file)).rejects.toMatchObject({ params: { key: 'security.mTLS' } });
});

test('a list of relays orders and limits the enrolled ones', async () => {
  const dir = tempDir();
  const file = join(dir, 'config.yaml');
  writeFileSync(
    file,
    'relays: [{ endpoint: "c:2222" }, { endpoint: "a:2222" }, { endpoint: "x:1" }]\n',
  );
  const { source } = await open(file, ['a', 'b', 'c'].map(enrolledAt));
  expect(source.list().map(({ deviceId }) => deviceId)).toEqual(['c', 'a']);
});
