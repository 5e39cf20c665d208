import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TunnelState } from '../../../common/domain/tunnel.ts';
import type { DeviceIdentity, TunnelClientOptions } from '../../../main/core/tunnel/index.ts';
import type { IngressLimits, PublicTls } from '../../../relay/index.ts';

export interface RelayProgramOptions {
  readonly dataDir: string;
  readonly host: string;
  readonly publicPort: number;
  readonly sharePublic?: boolean;
  readonly controlPort: number;
  readonly publicTls: PublicTls;
  readonly name: string;
  readonly domains: readonly string[];
  readonly limits?: Partial<IngressLimits>;
  readonly acceptRamp?: boolean;
}

export interface CrowdProgramOptions {
  readonly port: number;
  readonly ca: string;
  readonly host: string;
  readonly connections: number;
  /** The source addresses are `127.0.<network>.1` and so on. */
  readonly network: number;
}

export interface FleetProgramOptions {
  readonly identities: readonly DeviceIdentity[];
}

export interface FleetStats {
  readonly up: number;
  /** How often links were lost or could not be made, by the reason. */
  readonly losses: Readonly<Record<string, number>>;
}

export interface AgentProgramOptions {
  readonly identity: DeviceIdentity;
  readonly timing?: TunnelClientOptions['timing'];
}

/** Memory in MB and open TCP sockets of a program. */
export interface ProgramStats {
  readonly rssMb: number;
  readonly peakMb: number;
  readonly heapMb: number;
  readonly sockets: number;
  /** Of a relay. */
  readonly sessions: number;
  /** Of an agent. */
  readonly reconnects: number;
  readonly requests: number;
}

/** A program of this folder that runs as a process of its own. */
export interface Program {
  readonly pid: number;
  readonly ready: Readonly<Record<string, string>>;
  call<T>(name: string, input?: string): Promise<T>;
  stats(): Promise<ProgramStats>;
  /** Latest state that an agent has told. */
  state(): TunnelState | null;
  signal(signal: NodeJS.Signals): void;
  /** Resolves with exit code or signal. */
  readonly ended: Promise<string>;
  /** SIGKILL, where it still runs. */
  kill(): Promise<void>;
}

/** Options of each program of this folder. */
export interface Programs {
  readonly 'relay-program.ts': RelayProgramOptions;
  readonly 'agent-program.ts': AgentProgramOptions;
  readonly 'crowd-program.ts': CrowdProgramOptions;
  readonly 'fleet-program.ts': FleetProgramOptions;
}

/** `before` is put in front of Node's command line: `faketime`, or `ip netns exec`. */
export async function startProgram(
  file: keyof Programs,
  options: Programs[keyof Programs],
  before: readonly string[] = [],
  nodeOptions: readonly string[] = [],
): Promise<Program> {
  const folder = await mkdtemp(join(tmpdir(), 'causeway-program-'));
  const config = join(folder, 'options.json');
  await writeFile(config, JSON.stringify(options), { mode: 0o600 });
  const script = fileURLToPath(new URL(file, import.meta.url));
  const command = [...before, process.execPath, '--expose-gc', ...nodeOptions, script, config];
  const child = spawn(command[0] ?? '', command.slice(1), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const ended = once(child, 'exit').then(([code, signal]) => String(signal ?? code));
  const { first, call, state } = listen(child);
  const ready = await Promise.race([
    first,
    ended.then((how) => {
      throw new Error(`${file} ended with ${how} before it was ready`);
    }),
  ]);
  await rm(folder, { recursive: true, force: true });
  return {
    pid: child.pid ?? 0,
    ready,
    call,
    stats: () => call<ProgramStats>('stats'),
    state,
    signal: (signal) => void child.kill(signal),
    ended,
    kill: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
}

interface News {
  readonly ready?: Record<string, string>;
  readonly state?: TunnelState;
  readonly id?: number;
  readonly value?: unknown;
}

function listen(child: ChildProcess): Pick<Program, 'call' | 'state'> & {
  readonly first: Promise<Record<string, string>>;
} {
  const waiting = new Map<number, (value: unknown) => void>();
  const { promise: first, resolve } = Promise.withResolvers<Record<string, string>>();
  let latest: TunnelState | null = null;
  let calls = 0;
  child.on('message', (news: News) => {
    if (news.ready !== undefined) resolve(news.ready);
    if (news.state !== undefined) latest = news.state;
    if (news.id !== undefined) {
      waiting.get(news.id)?.(news.value);
      waiting.delete(news.id);
    }
  });
  return {
    first,
    state: () => latest,
    call: <T>(name: string, input = ''): Promise<T> =>
      new Promise((answer, reject) => {
        calls += 1;
        waiting.set(calls, (value) => answer(value as T));
        child.send({ id: calls, call: name, input }, (error) => {
          if (error !== null) reject(error);
        });
      }),
  };
}

export { unusedPort as freePort } from '../../support/port.ts';
