import { afterEach, beforeEach, expect, it } from 'vitest';
import { controlPath, alpn } from '../../common/tunnel/protocol.ts';
import { decodeToken } from '../../common/tunnel/token.ts';
import { createCsr, createDeviceKey } from '../../main/core/certificates/index.ts';
import { enrol, type DeviceIdentity } from '../../main/core/tunnel/index.ts';
import { startClient, type TestClient } from '../../main/core/tunnel/testing/client.ts';
import type { TunnelClientOptions } from '../../main/core/tunnel/types.ts';
import { callOnce } from '../../relay/testing/identity.ts';
import { startRelay, type TestRelay } from '../../relay/testing/relay.ts';

const DAY = 86_400_000;
/** Device certificates live 90 days. */
const LIFE = 90 * DAY;
let to: TestRelay;
let shift = 0;
let identity: DeviceIdentity;
const clients: TestClient[] = [];
const now = (): number => Date.now() + shift;

beforeEach(async () => {
  shift = 0;
  to = await startRelay({}, { now, recovery: 'approve', recoveryDays: 30 });
  const token = decodeToken(to.relay.createToken('acme', 60_000));
  identity = await enrol({ token, facts: { hostname: 'ward-7', platform: 'linux', version: '0' } });
  shift = LIFE + DAY;
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.tunnel.stop(0);
  await to.close();
});

function connect(options: Partial<TunnelClientOptions> = {}): TestClient {
  const client = startClient(identity, { now, timing: { pickup: 200 }, ...options });
  clients.push(client);
  client.tunnel.connect();
  return client;
}

const shows = (client: TestClient, code: string): Promise<unknown> =>
  client.until(({ state }) => state.phase === 'refused' && state.error.code === code);

/** What the device asks for, by hand. */
async function ask(as = identity, csrKey = as.privateKey): Promise<unknown> {
  const target = { ...as.endpoint, ca: as.ca, key: as.privateKey, cert: as.certificate };
  const csr = createCsr(csrKey, as.deviceId);
  const { status, body } = await callOnce(target, alpn.control, controlPath.renew, { csr });
  return status === 200 ? 200 : body;
}

it('an expired certificate waits for an approval, and the device fetches it by itself', async () => {
  const client = connect();
  await shows(client, 'RECOVERY_PENDING');
  expect(to.relay.recoveries.list()).toMatchObject([
    { deviceId: identity.deviceId, hostname: 'ward-7', tunnel: 'acme', state: 'pending' },
  ]);
  to.relay.recoveries.approve(identity.deviceId, { name: 'ann', address: '192.0.2.1' });
  await client.phase('online');
  expect(client.stored).toHaveLength(1);
  expect(client.stored[0]?.privateKey).toBe(identity.privateKey);
  expect(to.relay.recoveries.list()).toMatchObject([{ state: 'collected', decidedBy: 'ann' }]);
  expect(() => to.relay.recoveries.refuse(identity.deviceId)).toThrow('CONFLICT');
});

it('one that is refused stays outside, until somebody approves it after all', async () => {
  const client = connect();
  await shows(client, 'RECOVERY_PENDING');
  to.relay.recoveries.refuse(identity.deviceId);
  await shows(client, 'RECOVERY_REFUSED');
  expect(to.relay.recoveries.list()).toMatchObject([{ state: 'refused', decidedBy: 'admin-key' }]);
  to.relay.recoveries.approve(identity.deviceId);
  // It looks again each minute, or when somebody presses Connect.
  client.tunnel.connect();
  await client.phase('online');
});

it('one device asks once, and can fetch a lost answer once more', async () => {
  const waiting = { error: { code: 'RECOVERY_PENDING', params: {} } };
  expect(await ask()).toEqual(waiting);
  expect(await ask()).toEqual(waiting);
  expect(to.relay.recoveries.list()).toHaveLength(1);
  to.relay.recoveries.approve(identity.deviceId);
  expect(await ask()).toBe(200);
  expect(await ask()).toBe(200);
  // But an approval does not hold for ever.
  shift += 2 * DAY;
  expect(await ask()).toMatchObject({ error: { code: 'RECOVERY_PENDING' } });
});

it('another key, a revoked device and one that is too late are not even asked about', async () => {
  const other = await createDeviceKey();
  expect(await ask(identity, other)).toMatchObject({ error: { code: 'CSR_INVALID' } });
  shift = LIFE + 31 * DAY;
  expect(await ask()).toMatchObject({ error: { code: 'CERT_EXPIRED' } });
  expect(to.relay.recoveries.list()).toEqual([]);
  expect(() => to.relay.recoveries.approve(identity.deviceId)).toThrow('NOT_FOUND');
  shift = LIFE + DAY;
  await ask();
  expect(to.relay.recoveries.list()).toHaveLength(1);
  to.relay.revokeDevice(identity.deviceId);
  expect(await ask()).toMatchObject({ error: { code: 'CERT_REVOKED' } });
  expect(to.relay.recoveries.list()).toEqual([]);
});

it('a tunnel may do it otherwise than its relay', async () => {
  to.relay.rules.setRecovery('acme', 'auto');
  expect(await ask()).toBe(200);
  to.relay.rules.setRecovery('acme', null);
  expect(await ask()).toMatchObject({ error: { code: 'RECOVERY_PENDING' } });
});
