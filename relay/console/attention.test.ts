import { createPrivateKey } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { alpn, controlPath } from '../../common/tunnel/protocol.ts';
import { callOnce, enrolDevice, makeCsr, type TestIdentity } from '../testing/identity.ts';
import { h1 } from '../testing/public.ts';
import { startSignedIn, type SignedIn } from '../testing/signed-in.ts';
import { signedCall } from '../testing/wecom.ts';

const DAY = 86_400_000;
const token = 'QDG6eK';
const path = '/wecom/callback/desk';
let signedIn: SignedIn;
let shift = 0;

beforeEach(async () => {
  shift = 0;
  signedIn = await startSignedIn({}, { now: () => Date.now() + shift, recovery: 'approve' });
  const { rules } = signedIn.to.relay;
  rules.setGate('acme', { path, token });
  rules.setHold('acme', { enabled: true, maxAgeMs: 600_000, maxBytes: 1024 ** 2 });
});
afterEach(() => signedIn.close());

const state = () => signedIn.client.call('state.get');
const lastAudit = async (): Promise<unknown> =>
  (await signedIn.client.call('audit.list', { limit: 1 })).rows[0];

async function hold(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    expect((await h1(signedIn.to, signedCall({ token, path }))).status).toBe(200);
  }
}

it('shows what is held, tries again on demand, and drops it with a trace', async () => {
  const { client, to } = signedIn;
  expect((await state()).live.held).toEqual({});
  await expect(client.call('spool.forget', { tunnel: 'acme' })).rejects.toThrow('NOT_FOUND');
  const before = Date.now();
  await hold(3);
  const held = (await state()).live.held['acme'];
  expect(held).toMatchObject({ count: 3, setAside: 0 });
  expect(held?.bytes).toBeGreaterThan(300);
  expect(held?.oldestAt).toBeGreaterThanOrEqual(before);
  expect(held?.expiresAt).toBe((held?.oldestAt ?? 0) + 600_000);

  // A gateway that breaks each off makes the relay wait longer and longer; a person need not.
  let tries = 0;
  const peer = await to.connect({
    onStream: (stream) => {
      tries += 1;
      stream.close(2);
    },
  });
  await expect.poll(() => tries).toBeGreaterThanOrEqual(4);
  const seen = tries;
  await client.call('spool.deliver', { tunnel: 'acme' });
  await expect.poll(() => tries).toBeGreaterThan(seen);
  peer.close();

  expect(await client.call('spool.forget', { tunnel: 'acme' })).toEqual({ count: 3 });
  expect((await state()).live.held).toEqual({});
  expect(await lastAudit()).toMatchObject({
    actor: 'ann',
    action: 'spool.forget',
    subject: 'acme',
    details: { count: 3 },
  });
  expect(to.relay.held()).toEqual({});
  // The spool goes on as before.
  await hold(1);
  expect((await state()).live.held['acme']).toMatchObject({ count: 1 });
});

const renew = (as: TestIdentity): Promise<{ status: number; body: unknown }> =>
  callOnce(as, alpn.control, controlPath.renew, { csr: makeCsr(createPrivateKey(as.key)) });

it('shows who waits with an expired certificate, and decides', async () => {
  const { client, to } = signedIn;
  // Enrolled a quarter of a year ago.
  shift = -91 * DAY;
  const device = await enrolDevice(to.relay.createToken('acme', 60_000));
  const { deviceId } = device;
  shift = 0;
  expect((await state()).relay.recovery).toEqual({ mode: 'approve', days: 30 });
  expect((await renew(device)).body).toMatchObject({ error: { code: 'RECOVERY_PENDING' } });
  expect((await state()).recoveries).toMatchObject([
    { deviceId, tunnel: 'acme', state: 'pending' },
  ]);
  expect(await lastAudit()).toMatchObject({ actor: deviceId, action: 'recovery.request' });
  await client.call('recoveries.refuse', { deviceId });
  expect(await lastAudit()).toMatchObject({ actor: 'ann', action: 'recovery.refuse' });
  expect((await renew(device)).body).toMatchObject({ error: { code: 'RECOVERY_REFUSED' } });
  await client.call('recoveries.approve', { deviceId });
  expect((await state()).recoveries).toMatchObject([{ state: 'approved', decidedBy: 'ann' }]);
  await expect(client.call('recoveries.approve', { deviceId })).rejects.toThrow('CONFLICT');
  expect((await renew(device)).status).toBe(200);
  expect((await state()).recoveries).toMatchObject([{ state: 'collected' }]);
  expect(await lastAudit()).toMatchObject({ actor: deviceId, action: 'certificate.renew' });
});
