import { expect } from 'vitest';
import { alpn, controlPath } from '../../common/tunnel/protocol.ts';
import type { DeviceIdentity } from '../../main/core/tunnel/index.ts';
import { selfSignedPublic } from '../../relay/index.ts';
import { callOnce } from '../../relay/testing/identity.ts';
import { call, startLoad } from './support/public.ts';
import { LANE_MS, refusal } from './support/refusal.ts';
import { fault } from './support/rows.ts';
import { pause, until } from './support/until.ts';
import {
  bothSessions,
  HOST,
  enrolWith,
  reach,
  startAgent,
  startAgentProcess,
  startRelay,
} from './support/world.ts';

const DAY = 86_400_000;
fault(
  {
    id: 'T18',
    fault: 'device revoked while it serves',
    injectedBy: 'revocation under 100 requests a second, then a new try',
    promise: 'P9: cut within 5 s, no re-entry, every request has a definite answer',
  },
  async (figures) => {
    const relay = await startRelay();
    const identity = await relay.newDevice();
    const agent = startAgent(identity);
    await bothSessions(agent);
    const load = startLoad(relay.public, 100, (n) => ({ path: `/${n}`, deadlineMs: 10_000 }));
    await pause(500);
    relay.relay.revokeDevice(identity.deviceId);
    figures['cut ms'] = await until('cut', 5_000, () => relay.sessions() === 0);
    const refused = await refusal(agent);
    agent.tunnel.connect();
    await until('second refusal', 5_000, () => agent.history.length > 0);
    const again = await refusal(agent);
    const outcomes = await load.stop();
    figures['codes'] = `${refused.code}, ${again.code}`;
    figures['load'] = outcomes.text();
    expect([refused.code, again.code]).toEqual(['CERT_REVOKED', 'CERT_REVOKED']);
    expect(again.retryInMs).toBeGreaterThan(LANE_MS);
    expect(outcomes.lost).toBe(0);
    expect(relay.sessions()).toBe(0);
  },
);

fault(
  {
    id: 'T19',
    fault: 'wrong CA, wrong name, no certificate, other tenant',
    injectedBy: 'identities put together from two relays and two tunnels',
    promise: 'P9: a code of its own for each; a tenant gets only its own requests',
  },
  async (figures) => {
    const [relay, foreign] = [await startRelay(), await startRelay()];
    const [ours, theirs] = [await relay.newDevice(), await foreign.newDevice()];
    const codeOf = async (identity: DeviceIdentity): Promise<string> =>
      (await refusal(startAgent(identity))).code;
    const codes = [
      await codeOf({ ...ours, ca: theirs.ca }),
      await codeOf({ ...theirs, ca: ours.ca, endpoint: ours.endpoint }),
      await codeOf({ ...ours, endpoint: { ...ours.endpoint, host: 'localhost' } }),
    ];
    const target = { ...ours.endpoint, ca: ours.ca };
    const bare = await callOnce(target, alpn.control, controlPath.register, {});
    codes.push(JSON.stringify(bare.body).match(/CERT_[A-Z_]+/)?.[0] ?? 'none');
    figures['codes'] = codes.join(', ');
    expect(codes).toEqual([
      'RELAY_UNTRUSTED',
      'CERT_UNKNOWN_CA',
      'RELAY_WRONG_NAME',
      'CERT_MISSING',
    ]);

    relay.relay.createTunnel({ name: 'other', domains: ['other.test'] });
    const tenant = startAgent(await enrolWith(relay.relay.createToken('other', 60_000)));
    await bothSessions(tenant);
    const own = await call({ ...relay.public, host: 'other.test' }, { path: '/own' });
    const alien = await call(relay.public, { path: '/alien' });
    figures['other tenant'] = `own ${own.name}, alien ${alien.name}`;
    expect([own.name, alien.name]).toEqual(['200', '502 TUNNEL_OFFLINE']);
  },
);

fault(
  {
    id: 'T20',
    fault: 'clock of the device wrong by an hour or 400 days',
    injectedBy: 'shifted clock; faketime ±400 days on a program of its own',
    promise:
      'P9: served and warned by an hour; told by 400 days that it is the clock, and by how much',
  },
  async (figures) => {
    const relay = await startRelay();
    const identity = await relay.newDevice();
    for (const hours of [1, -1]) {
      const agent = startAgent(identity, { now: () => Date.now() + hours * 3_600_000 });
      await bothSessions(agent);
      const state = agent.state();
      const skew = state.phase === 'online' ? (state.clockSkewMs ?? 0) : 0;
      expect(Math.abs(skew + hours * 3_600_000)).toBeLessThan(2_000);
      expect((await call(relay.public, { path: '/' })).name).toBe('200');
      await agent.tunnel.stop(0);
    }
    figures['±1 h'] = 'served, skew shown';
    for (const days of ['-400 days', '+400 days']) {
      const agent = await startAgentProcess({ identity }, ['faketime', days]).catch(() => null);
      if (agent === null) {
        figures[days] = 'faketime is not installed';
        continue;
      }
      await reach(agent, 'refused');
      const state = agent.state();
      const error = state?.phase === 'refused' ? state.error : null;
      const skewDays = Math.round(Number(error?.params['seconds']) / 86_400);
      figures[days] = `${error?.code}, ${skewDays} days`;
      expect([error?.code, skewDays]).toEqual(['CLOCK_SKEW', -Number.parseInt(days)]);
      await agent.kill();
    }
  },
);

fault(
  {
    id: 'T21',
    fault: 'certificates renewed and rotated under load',
    injectedBy:
      'device clock at 2/3 of its certificate’s life, renewed each second; public certificate replaced each 0.5 s',
    promise: 'P10: 0 failed requests at 100 a second',
  },
  async (figures) => {
    const relay = await startRelay();
    let renewals = 0;
    const agent = startAgent(await relay.newDevice(), {
      now: () => Date.now() + 61 * DAY,
      timing: { refusedRetry: 1_000 },
      onIdentity: async () => void (renewals += 1),
    });
    await bothSessions(agent);
    await until('first renewal', 10_000, () => renewals > 0 && relay.sessions() === 2);
    const load = startLoad(relay.public, 100, (n) => ({
      path: n % 10 === 0 ? `/slow?ms=300&n=${n}` : `/${n}`,
      deadlineMs: 10_000,
    }));
    let rotations = 0;
    for (const end = performance.now() + 5_000; performance.now() < end; rotations += 1) {
      const tls = await selfSignedPublic([HOST], Date.now());
      // Clients know the first certificate: it comes back each second time.
      relay.relay.reloadPublicTls(tls);
      relay.relay.reloadPublicTls({ cert: relay.public.ca, key: relay.publicKey });
      await pause(500);
    }
    const outcomes = await load.stop();
    figures['renewals'] = renewals;
    figures['rotations'] = rotations * 2;
    figures['registrations'] = agent.tunnel.stats().reconnects + 1;
    figures['load'] = outcomes.text();
    expect(renewals).toBeGreaterThanOrEqual(3);
    expect(outcomes.count('200')).toBe(outcomes.sent);
  },
);
