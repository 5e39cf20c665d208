import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { silentLogger } from '../../../common/domain/log.ts';
import type { TunnelState } from '../../../common/domain/tunnel.ts';
import { decodeToken } from '../../../common/tunnel/token.ts';
import { createTcpDialer } from '../../../main/core/tunnel/dial.ts';
import {
  createTunnel,
  createTunnelClient,
  enrol,
  type DeviceIdentity,
  type Tunnel,
  type TunnelClient,
  type TunnelClientOptions,
  type TunnelOptions,
} from '../../../main/core/tunnel/index.ts';
import {
  createRelay,
  selfSignedPublic,
  type PublicTls,
  type RelayOptions,
  type RelayParts,
  type RunningRelay,
} from '../../../relay/index.ts';
import { unusedPort } from '../../support/port.ts';
import { origin } from './origin.ts';
import {
  startProgram,
  type AgentProgramOptions,
  type Program,
  type RelayProgramOptions,
} from './processes.ts';
import type { Public } from './public.ts';
import { until } from './until.ts';

export const HOST = 'bot.test';
export const TUNNEL = 'acme';

const tlsOf = new Map<string, Promise<PublicTls>>();

/** One certificate for the public side of all relays of a test file. */
export function publicTls(): Promise<PublicTls> {
  const made = tlsOf.get(HOST) ?? selfSignedPublic([HOST, 'other.test'], Date.now());
  tlsOf.set(HOST, made);
  return made;
}

export async function temporaryFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `causeway-${name}-`));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Trades a token for an identity, as the program does; `from` is the local address, loopback unless told. */
export function enrolWith(token: string, from?: string): Promise<DeviceIdentity> {
  return enrol({
    token: decodeToken(token),
    facts: { hostname: 'faults', platform: 'linux', version: '0.0.0' },
    ...(from === undefined ? {} : { dialer: createTcpDialer(from) }),
  });
}

/** A relay lets one address enrol only so many devices at once. */
const ENROLMENTS_AT_ONCE = 8;

/** Enrols many devices, from one address of loopback after the other. */
export async function enrolMany(
  count: number,
  newToken: () => string | Promise<string>,
): Promise<DeviceIdentity[]> {
  const identities: DeviceIdentity[] = [];
  for (let at = 0; at < count; at += ENROLMENTS_AT_ONCE) {
    const block = at / ENROLMENTS_AT_ONCE;
    const from = `127.0.${Math.floor(block / 200) + 1}.${(block % 200) + 1}`;
    const size = Math.min(ENROLMENTS_AT_ONCE, count - at);
    const some = Array.from({ length: size }, async () => enrolWith(await newToken(), from));
    identities.push(...(await Promise.all(some)));
  }
  return identities;
}

/** The same device, reached by another way. */
export function through(identity: DeviceIdentity, port: number): DeviceIdentity {
  return { ...identity, endpoint: { ...identity.endpoint, port } };
}

/** A relay in this process, with tunnel `acme` for `bot.test`; closed with the test. */
export interface LocalRelay {
  readonly relay: RunningRelay;
  readonly public: Public;
  /** Private key of the public certificate, PEM. */
  readonly publicKey: string;
  readonly controlPort: number;
  readonly dataDir: string;
  newDevice(): Promise<DeviceIdentity>;
  newDevices(count: number): Promise<DeviceIdentity[]>;
  sessions(): number;
}

export async function startRelay(
  parts: RelayParts = {},
  options: Partial<RelayOptions> = {},
): Promise<LocalRelay> {
  const dataDir = options.dataDir ?? (await temporaryFolder('relay'));
  const tls = await publicTls();
  const loopback = { host: '127.0.0.1', port: 0 };
  const relay = await createRelay(
    {
      dataDir,
      listen: { public: loopback, control: loopback, admin: loopback },
      controlHost: '127.0.0.1',
      publicTls: tls,
      name: 'faults',
      fixedIp: null,
      egressAllow: [],
      log: silentLogger,
      version: '0.0.0',
      ...options,
    },
    parts,
  );
  onTestFinished(() => relay.close(0));
  if (relay.listTunnels().length === 0) relay.createTunnel({ name: TUNNEL, domains: [HOST] });
  return {
    relay,
    dataDir,
    public: { port: Number(new URL(relay.addresses.public).port), ca: tls.cert, host: HOST },
    publicKey: tls.key,
    controlPort: Number(relay.addresses.control.split(':').at(-1)),
    newDevice: () => enrolWith(relay.createToken(TUNNEL, 60_000)),
    newDevices: (count) => enrolMany(count, () => relay.createToken(TUNNEL, 60_000)),
    sessions: () => relay.listTunnels().reduce((sum, { sessions }) => sum + sessions, 0),
  };
}

/** A tunnel client in this process; stopped with the test. */
export interface LocalAgent {
  readonly tunnel: TunnelClient;
  /** Phases and codes in the order of coming. */
  readonly history: readonly TunnelState[];
  state(): TunnelState;
  /** Resolves with the milliseconds it took. */
  reach(phase: TunnelState['phase'], limitMs?: number): Promise<number>;
}

export function startAgent(
  identity: DeviceIdentity,
  options: Partial<TunnelClientOptions> = {},
): LocalAgent {
  const history: TunnelState[] = [];
  const tunnel = createTunnelClient({
    log: silentLogger,
    version: '0.0.0',
    handleStream: origin,
    onIdentity: async () => undefined,
    onChange: ({ state }) => history.push(state),
    ...options,
  });
  onTestFinished(() => tunnel.stop(0));
  tunnel.setIdentity(identity);
  tunnel.connect();
  const state = (): TunnelState => tunnel.view().state;
  return {
    tunnel,
    history,
    state,
    reach: (phase, limitMs = 10_000) => until(phase, limitMs, () => state().phase === phase),
  };
}

/** The on-prem end over several relays, the first preferred; stopped with the test. */
export function startTunnel(
  identities: readonly DeviceIdentity[],
  options: Partial<TunnelOptions> = {},
): Tunnel {
  const tunnel = createTunnel({
    log: silentLogger,
    version: '0.0.0',
    handleStream: origin,
    onIdentity: async () => undefined,
    onChange: () => undefined,
    ...options,
  });
  onTestFinished(() => tunnel.stop(0));
  tunnel.setIdentities(identities);
  tunnel.connect();
  return tunnel;
}

/** Data sessions of all its relays that carry requests. */
export function liveSessions(tunnel: Tunnel): number {
  return tunnel.linkStats().reduce((sum, { sessions }) => sum + sessions, 0);
}

/** Which relay messages leave by, from 0; -1 for none. */
export function wayOut(tunnel: Tunnel): number {
  return (tunnel.view().links ?? []).findIndex(({ egress }) => egress);
}

/** Resolves once both data sessions of an agent carry requests. */
export function bothSessions(agent: LocalAgent): Promise<number> {
  return until('both sessions', 10_000, () => {
    const state = agent.state();
    return state.phase === 'online' && state.sessions.live === state.sessions.wanted;
  });
}

/** A relay in a process of its own, which can be started again on the same ports and data. */
export interface RelayProcess {
  readonly options: RelayProgramOptions;
  readonly public: Public;
  program(): Program;
  start(before?: readonly string[]): Promise<Program>;
  newDevice(): Promise<DeviceIdentity>;
  newDevices(count: number): Promise<DeviceIdentity[]>;
}

export async function startRelayProcess(
  overrides: Partial<RelayProgramOptions> = {},
  nodeOptions: readonly string[] = [],
): Promise<RelayProcess> {
  const tls = await publicTls();
  const host = overrides.host ?? '127.0.0.1';
  const options: RelayProgramOptions = {
    dataDir: overrides.dataDir ?? (await temporaryFolder('relay')),
    host,
    publicPort: await unusedPort(host),
    controlPort: await unusedPort(host),
    publicTls: tls,
    name: 'faults',
    domains: [HOST],
    ...overrides,
  };
  let program: Program | null = null;
  onTestFinished(async () => program?.kill());
  const start = async (before: readonly string[] = []): Promise<Program> => {
    program = await startProgram('relay-program.ts', options, before, nodeOptions);
    return program;
  };
  const current = (): Program => {
    if (program === null) throw new Error('the relay does not run');
    return program;
  };
  await (await start()).call('tunnel', TUNNEL);
  return {
    options,
    public: { port: options.publicPort, ca: tls.cert, host: HOST, address: host },
    program: current,
    start,
    newDevice: async () => enrolWith(await current().call<string>('token', TUNNEL)),
    newDevices: (count) => enrolMany(count, () => current().call<string>('token', TUNNEL)),
  };
}

/** A tunnel client in a process of its own; killed with the test. */
export async function startAgentProcess(
  options: AgentProgramOptions,
  before: readonly string[] = [],
  nodeOptions: readonly string[] = [],
): Promise<Program> {
  const program = await startProgram('agent-program.ts', options, before, nodeOptions);
  onTestFinished(() => program.kill());
  return program;
}

/** Resolves when an agent process is in a phase. */
export function reach(
  agent: Program,
  phase: TunnelState['phase'],
  limitMs = 10_000,
): Promise<number> {
  return until(phase, limitMs, () => agent.state()?.phase === phase);
}
