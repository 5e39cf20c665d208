import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeToken } from '../../../common/tunnel/token.ts';
import { enrol } from '../../../main/core/tunnel/index.ts';
import type { IngressLimits } from '../../../relay/index.ts';
import { freePort, startProgram, type Program } from '../../faults/support/processes.ts';
import { publicCertificate, type Peer } from './peers.ts';
import { startNode } from './processes.ts';

export const HOST = 'bot.test';
export const TUNNEL = 'acme';

/** A relay in a process of its own. With `CAUSEWAY_BENCH_PROFILE=DIR` it leaves a CPU profile there. */
export interface BenchRelay {
  readonly program: Program;
  readonly publicPort: number;
  readonly ca: string;
  readonly dataDir: string;
  token(): Promise<string>;
  stop(): Promise<void>;
}

export async function startRelay(
  limits: Partial<IngressLimits> = {},
  given: {
    /** A directory that has its tunnel already. */
    readonly dataDir?: string;
    /** A public port that several relays have. */
    readonly sharedPort?: number;
  } = {},
): Promise<BenchRelay> {
  const dataDir = given.dataDir ?? (await mkdtemp(join(tmpdir(), 'causeway-bench-relay-')));
  const publicTls = await publicCertificate(dataDir, HOST);
  const publicPort = given.sharedPort ?? (await freePort());
  const controlPort = await freePort();
  const program = await startProgram(
    'relay-program.ts',
    {
      ...{ dataDir, host: '127.0.0.1', publicPort, controlPort, publicTls, name: 'bench' },
      ...{ domains: [HOST], limits, sharePublic: given.sharedPort !== undefined },
    },
    [],
    profile('relay'),
  );
  if (given.dataDir === undefined) await program.call('tunnel', TUNNEL);
  return {
    program,
    publicPort,
    ca: publicTls.cert,
    dataDir,
    token: () => program.call<string>('token', TUNNEL),
    stop: async () => {
      await end(program);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** SIGTERM, so that a profile is written; SIGKILL where that takes long. */
export async function end(program: Program): Promise<void> {
  program.signal('SIGTERM');
  const timer = setTimeout(() => program.signal('SIGKILL'), 5_000);
  await program.ended;
  clearTimeout(timer);
}

export function profile(name: string): readonly string[] {
  const folder = process.env['CAUSEWAY_BENCH_PROFILE'];
  if (folder === undefined) return [];
  return ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${name}.cpuprofile`];
}

/** Relays that share a public port, each with a tunnel client of its own; the clients' end answers by itself. */
export async function startCauseway(relays = 1): Promise<Peer> {
  const started: BenchRelay[] = [];
  const agents: Program[] = [];
  const sharedPort = await freePort();
  for (let n = 0; n < relays; n += 1) {
    // More than a relay takes by itself: the bodies of the bench have 100 MB.
    const relay = await startRelay({ bodyBytes: 128 * 2 ** 20 }, relays > 1 ? { sharedPort } : {});
    const identity = await enrol({
      token: decodeToken(await relay.token()),
      facts: { hostname: 'bench', platform: 'linux', version: '0.0.0' },
    });
    started.push(relay);
    agents.push(await startProgram('agent-program.ts', { identity }, [], profile('agent')));
    await untilSessions(relay, 2);
  }
  return {
    url: `https://127.0.0.1:${started[0]?.publicPort ?? 0}/`,
    host: HOST,
    stop: async () => {
      for (const agent of agents) await end(agent);
      for (const relay of started) await relay.stop();
    },
  };
}

/** Relay and the whole on-prem program, which publishes the origin at that port as a service. */
export async function startCore(origin: number): Promise<Peer> {
  const relay = await startRelay({ bodyBytes: 128 * 2 ** 20 });
  const parameters = [await relay.token(), HOST, String(origin)];
  const core = await startNode('core-program.ts', parameters, profile('core'));
  await untilSessions(relay, 2);
  return {
    url: `https://127.0.0.1:${relay.publicPort}/`,
    host: HOST,
    stop: async () => {
      await core.stop();
      await relay.stop();
      await rm(core.ready['dataDir'] ?? '', { recursive: true, force: true });
    },
  };
}

export async function untilSessions(relay: BenchRelay, wanted: number): Promise<void> {
  for (let tries = 0; (await relay.program.stats()).sessions < wanted; tries += 1) {
    if (tries > 600) throw new Error('the sessions do not come up');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
