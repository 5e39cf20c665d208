import { generateKeyPairSync } from 'node:crypto';
import { expect, onTestFinished } from 'vitest';
import { createCsr } from '../../main/core/certificates/index.ts';
import type { DeviceIdentity } from '../../main/core/tunnel/index.ts';
import { openAuthority } from '../../relay/ca/authority.ts';
import { enrol } from '../../relay/control/enrolment.ts';
import { openStore } from '../../relay/store/index.ts';
import { startProgram, type FleetStats, type Program, type Programs } from './support/processes.ts';
import { call, startLoad, type Tally } from './support/public.ts';
import { fault } from './support/rows.ts';
import { pause, until } from './support/until.ts';
import {
  reach,
  startAgentProcess,
  startRelayProcess,
  TUNNEL,
  type RelayProcess,
} from './support/world.ts';

async function start<File extends keyof Programs>(
  file: File,
  options: Programs[File],
): Promise<Program> {
  const program = await startProgram(file, options);
  onTestFinished(() => program.kill());
  return program;
}

/** What others of the public meet for a while. */
async function others(relay: RelayProcess, ms: number): Promise<Tally> {
  const load = startLoad(relay.public, 50, (n) => ({ path: `/other/${n}`, deadlineMs: 10_000 }));
  await pause(ms);
  return load.stop();
}

/** Connections of the public; a process may have 20,000 files open. */
const CROWD = 10_000;
const CROWDS = 2;

fault(
  {
    id: 'T10',
    fault: `${CROWD} public connections at the same time`,
    injectedBy: `TLS from ${CROWDS} processes and 12 addresses, a request on each, then idle`,
    promise:
      'P7, P11: each is answered 200, others are too, memory and sockets are back to what they were',
  },
  async (figures) => {
    const relay = await startRelayProcess({
      limits: { connections: CROWD + 200, inFlightPerTunnel: 4_000 },
    });
    const agent = await startAgentProcess({ identity: await relay.newDevice() });
    await reach(agent, 'online');
    figures['p99 of others alone ms'] = (await others(relay, 2_000)).percentile(0.99);
    const before = await relay.program().stats();
    const crowds = await Promise.all(
      Array.from({ length: CROWDS }, (_, index) =>
        start('crowd-program.ts', {
          port: relay.public.port,
          ca: relay.public.ca,
          host: relay.public.host,
          connections: CROWD / CROWDS,
          network: 10 + index,
        }),
      ),
    );
    const began = performance.now();
    const joined = await Promise.all(
      crowds.map((crowd) => crowd.call<Record<string, number>>('join')),
    );
    figures['opened per s'] = CROWD / ((performance.now() - began) / 1_000);
    const during = await relay.program().stats();
    const meanwhile = await others(relay, 2_000);
    figures['sockets of the relay'] = during.sockets;
    figures['KB a connection'] = ((during.rssMb - before.rssMb) * 1024) / CROWD;
    figures['others'] = meanwhile.text();
    figures['p99 of others ms'] = meanwhile.percentile(0.99);
    expect(joined).toEqual(crowds.map(() => ({ 200: CROWD / CROWDS })));
    expect(during.sockets).toBeGreaterThanOrEqual(CROWD);
    expect(meanwhile.count('200')).toBe(meanwhile.sent);
    await Promise.all(crowds.map((crowd) => crowd.call('leave')));
    await until('sockets freed', 20_000, async () => {
      return (await relay.program().stats()).sockets <= before.sockets;
    });
    const after = await relay.program().stats();
    figures['heap MB before / after'] = `${before.heapMb.toFixed(1)} / ${after.heapMb.toFixed(1)}`;
    expect(after.heapMb).toBeLessThan(before.heapMb * 1.1);
  },
  180_000,
);

const FLEET = 200;
const FLEETS = 2;
/** 20 a second in the first ten, 80 after it, and the time that the last was told to wait. */
const RAMP_MS = 60_000;

/** Devices put straight into the store of a relay that does not run: one address may enrol only ten at once. */
async function enrolInStore(
  dataDir: string,
  count: number,
): Promise<Omit<DeviceIdentity, 'endpoint'>[]> {
  const store = openStore(dataDir);
  try {
    const authority = await openAuthority(dataDir, Date.now);
    const tunnel = store.tunnels.all().find(({ name }) => name === TUNNEL);
    if (tunnel === undefined) throw new Error('no tunnel');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const csr = createCsr(pem, 'fleet');
    const device = { hostname: 'fleet', platform: 'linux', version: '0.0.0' };
    const identities = [];
    for (let n = 0; n < count; n += 1) {
      const secret = store.tokens.create(tunnel.id, Date.now(), Date.now() + 60_000);
      const issued = await enrol({ secret, csr, device }, { store, authority, now: Date.now });
      identities.push({ ...issued, privateKey: pem });
    }
    return identities;
  } finally {
    store.close();
  }
}

fault(
  {
    id: 'T10',
    fault: `${FLEET} devices come back at once to a relay that lets them in slowly`,
    injectedBy: `kill -9 and start of the relay, ${FLEETS} processes of ${FLEET / FLEETS} devices`,
    promise:
      'P2: all back within 120 s, no handshake fails, the public is answered as soon as one is back',
  },
  async (figures) => {
    const relay = await startRelayProcess({ acceptRamp: true });
    await relay.program().kill();
    const endpoint = { host: '127.0.0.1', port: relay.options.controlPort };
    const identities = (await enrolInStore(relay.options.dataDir, FLEET)).map((identity) => ({
      ...identity,
      endpoint,
    }));
    await relay.start();
    const fleets = await Promise.all(
      Array.from({ length: FLEETS }, (_, index) =>
        start('fleet-program.ts', {
          identities: identities.filter((_one, at) => at % FLEETS === index),
        }),
      ),
    );
    const stats = () => Promise.all(fleets.map((fleet) => fleet.call<FleetStats>('stats')));
    const isUp = async (count: number) =>
      (await stats()).reduce((sum, { up }) => sum + up, 0) >= count;
    await Promise.all(fleets.map((fleet) => fleet.call('connect')));
    await until('all online', RAMP_MS, () => isUp(FLEET));
    await relay.program().kill();
    await until('all lost', 5_000, async () => (await stats()).every(({ up }) => up === 0));
    const before = await stats();
    await relay.start();
    figures['first back ms'] = await until('first', RAMP_MS, () => isUp(1));
    expect((await call(relay.public, { path: '/first' })).name).toBe('200');
    figures['all back ms'] = await until('all', RAMP_MS, () => isUp(FLEET));
    const after = await stats();
    const since = (code: string): number =>
      after.reduce((sum, { losses }) => sum + (losses[code] ?? 0), 0) -
      before.reduce((sum, { losses }) => sum + (losses[code] ?? 0), 0);
    figures['told to wait'] = since('BUSY');
    figures['handshakes that failed'] = since('RELAY_TIMEOUT') + since('RELAY_NOT_CAUSEWAY');
    expect(since('BUSY')).toBeGreaterThan(0);
    expect(figures['handshakes that failed']).toBe(0);
    const load = await others(relay, 1_000);
    expect(load.count('200')).toBe(load.sent);
  },
  180_000,
);
