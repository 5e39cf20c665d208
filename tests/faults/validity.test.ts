import { expect } from 'vitest';
import { createCsr } from '../../main/core/certificates/index.ts';
import type { DeviceIdentity } from '../../main/core/tunnel/index.ts';
import { openAuthority } from '../../relay/ca/authority.ts';
import { signDevice } from '../../relay/ca/device-certificate.ts';
import { call } from './support/public.ts';
import { LANE_MS, refusal } from './support/refusal.ts';
import { fault } from './support/rows.ts';
import { pause } from './support/until.ts';
import { openWire } from './support/wire.ts';
import { bothSessions, startAgent, startRelay, through, type LocalRelay } from './support/world.ts';

const DAY = 86_400_000;

/** The device with a certificate of another life, signed by the relay's own CA. */
async function withLife(
  relay: LocalRelay,
  identity: DeviceIdentity,
  from: number,
): Promise<DeviceIdentity> {
  const authority = await openAuthority(relay.dataDir, Date.now);
  const csr = createCsr(identity.privateKey, identity.deviceId);
  const { pem } = await signDevice(authority, csr, identity.deviceId, from, 90 * DAY);
  return { ...identity, certificate: pem };
}

for (const [what, from, code] of [
  ['expired', -100 * DAY, 'CERT_EXPIRED'],
  ['not yet valid', DAY, 'CERT_NOT_YET_VALID'],
] as const) {
  fault(
    {
      id: 'T16',
      fault: `device certificate ${what}, not one that the relay has given out`,
      injectedBy: 'certificate of another life from the relay’s own CA',
      promise: `P9: ${code}, no retry storm`,
    },
    async (figures) => {
      const relay = await startRelay();
      const wire = await openWire(relay.controlPort);
      let dials = 0;
      const identity = await withLife(relay, await relay.newDevice(), Date.now() + from);
      const agent = startAgent(through(identity, wire.port), {
        onChange: ({ state }) => (dials += state.phase === 'connecting' ? 1 : 0),
      });
      const refused = await refusal(agent);
      await pause(2_000);
      figures['code'] = refused.code;
      figures['next try in s'] = refused.retryInMs / 1_000;
      figures['tries in 2 s'] = dials;
      expect(refused.code).toBe(code);
      expect(refused.retryInMs).toBeGreaterThan(LANE_MS);
      expect(relay.sessions()).toBe(0);
      await wire.close();
    },
  );
}

fault(
  {
    id: 'T16',
    fault: 'device off until 10 days after the end of its certificate',
    injectedBy: 'clocks of relay and device moved 100 days on',
    promise:
      'P9: CERT_EXPIRED, then the recovery lane gives the known key a new certificate: online',
  },
  async (figures) => {
    let shift = 0;
    const now = (): number => Date.now() + shift;
    const relay = await startRelay({}, { now });
    const identity = await relay.newDevice();
    shift = 100 * DAY;
    const stored: DeviceIdentity[] = [];
    const agent = startAgent(identity, {
      now,
      onIdentity: async (renewed) => void stored.push(renewed),
    });
    figures['online after ms'] = await bothSessions(agent);
    const codes = agent.history.flatMap((state) => ('error' in state ? [state.error.code] : []));
    figures['codes before'] = [...new Set(codes)].join(', ');
    figures['certificates given'] = stored.length;
    expect(codes).toContain('CERT_EXPIRED');
    expect(stored).toHaveLength(1);
    expect(stored[0]?.privateKey).toBe(identity.privateKey);
    expect(stored[0]?.certificate).not.toBe(identity.certificate);
    expect((await call(relay.public, { path: '/' })).name).toBe('200');
  },
);

fault(
  {
    id: 'T16',
    fault: 'the same where the relay lets nobody recover',
    injectedBy: 'recoveryDays 0',
    promise: 'P9: stays CERT_EXPIRED, no certificate, no retry storm',
  },
  async (figures) => {
    let shift = 0;
    const now = (): number => Date.now() + shift;
    const relay = await startRelay({}, { now, recoveryDays: 0 });
    const identity = await relay.newDevice();
    shift = 100 * DAY;
    const stored: DeviceIdentity[] = [];
    const agent = startAgent(identity, {
      now,
      onIdentity: async (renewed) => void stored.push(renewed),
    });
    await agent.reach('refused');
    await pause(2_000);
    const state = agent.state();
    if (state.phase !== 'refused') throw new Error(state.phase);
    figures['code'] = state.error.code;
    figures['next try in s'] = (state.retryAt - now()) / 1_000;
    expect(state.error.code).toBe('CERT_EXPIRED');
    expect(state.retryAt - now()).toBeGreaterThan(LANE_MS);
    expect(stored).toEqual([]);
    expect(relay.sessions()).toBe(0);
  },
);

fault(
  {
    id: 'T17',
    fault: 'relay’s certificate expired',
    injectedBy: 'relay whose clock was 40 days back when it made its certificate',
    promise: 'P9: RELAY_CERT_EXPIRED, no retry storm',
  },
  async (figures) => {
    const first = await startRelay();
    const identity = await first.newDevice();
    await first.relay.close(0);
    const late = await startRelay({}, { dataDir: first.dataDir, now: () => Date.now() - 40 * DAY });
    const agent = startAgent(through(identity, late.controlPort));
    const refused = await refusal(agent);
    figures['code'] = refused.code;
    figures['next try in s'] = refused.retryInMs / 1_000;
    expect(refused.code).toBe('RELAY_CERT_EXPIRED');
    expect(refused.retryInMs).toBeGreaterThan(LANE_MS);
  },
);
