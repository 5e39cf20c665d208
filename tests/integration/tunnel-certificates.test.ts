import { afterEach, beforeEach, expect, it } from 'vitest';
import { decodeToken } from '../../common/tunnel/token.ts';
import { enrol, type DeviceIdentity } from '../../main/core/tunnel/index.ts';
import { startClient, type TestClient } from '../../main/core/tunnel/testing/client.ts';
import { startRelay, type TestRelay } from '../../relay/testing/relay.ts';

const DAY = 86_400_000;
/** Device certificates live 90 days. */
const LIFE = 90 * DAY;
let to: TestRelay;
let relayShift = 0;
let identity: DeviceIdentity;
let client: TestClient | undefined;

beforeEach(async () => {
  relayShift = 0;
  to = await startRelay({}, { now: () => Date.now() + relayShift, recoveryDays: 30 });
  const token = decodeToken(to.relay.createToken('acme', 60_000));
  identity = await enrol({ token, facts: { hostname: 'h', platform: 'linux', version: '0' } });
});
afterEach(async () => {
  await client?.tunnel.stop(0);
  await to.close();
});

const codeOf = async (): Promise<unknown> => {
  const { state } = (await client?.until((view) => view.state.phase === 'refused')) ?? {};
  return state !== undefined && 'error' in state ? state.error : null;
};

it('a device that was off for a long holiday renews its expired certificate and is back', async () => {
  relayShift = LIFE + 10 * DAY;
  client = startClient(identity, { now: () => Date.now() + relayShift });
  client.tunnel.connect();
  await client.phase('online');
  expect(client.phases).toContain('refused');
  expect(client.stored).toHaveLength(1);
  expect(client.stored[0]?.privateKey).toBe(identity.privateKey);
  expect(client.stored[0]?.certificate).not.toBe(identity.certificate);
});

it('but not for ever', async () => {
  relayShift = LIFE + 31 * DAY;
  client = startClient(identity, { now: () => Date.now() + relayShift });
  client.tunnel.connect();
  expect(await codeOf()).toMatchObject({ code: 'CERT_EXPIRED' });
  expect(client.stored).toEqual([]);
});

it('a clock that is far off is blamed for it, with how far', async () => {
  relayShift = LIFE + 31 * DAY;
  client = startClient(identity);
  client.tunnel.connect();
  const error = await codeOf();
  expect(error).toMatchObject({ code: 'CLOCK_SKEW', params: { reason: 'CERT_EXPIRED' } });
  const { seconds } = (error as { params: { seconds: number } }).params;
  expect(Math.round(seconds / 86_400)).toBe(121);
});

it('a revoked device has no way back', async () => {
  to.relay.revokeDevice(identity.deviceId);
  relayShift = LIFE + DAY;
  client = startClient(identity, { now: () => Date.now() + relayShift });
  client.tunnel.connect();
  expect(await codeOf()).toMatchObject({ code: 'CERT_REVOKED' });
});

it('a certificate of another tunnel says so', async () => {
  client = startClient({ ...identity, tunnel: 'other' });
  client.tunnel.connect();
  expect(await codeOf()).toMatchObject({ code: 'CERT_WRONG_TENANT' });
});

it('of two programs with one identity the displaced one leaves the device to the other', async () => {
  client = startClient(identity, { timing: { refusedRetry: 50 } });
  client.tunnel.connect();
  await client.phase('online');
  const second = startClient(identity);
  second.tunnel.connect();
  await second.phase('online');
  await client.phase('refused');
  const before = client.tunnel.stats().losses.get('SESSION_DISPLACED') ?? 0;
  // It asks again and again, and is told each time.
  await expect
    .poll(() => client?.tunnel.stats().losses.get('SESSION_DISPLACED'))
    .toBeGreaterThan(before + 1);
  expect(second.phases).toEqual(['stopped', 'connecting', 'online']);
  await second.tunnel.stop(0);
  await client.phase('online');
});
