import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Credentials } from '../../support/callback.ts';
import { profile } from './causeway.ts';

const launcher = fileURLToPath(new URL('../../../main/headless/bin/causeway.ts', import.meta.url));

/** A bot of the bench with its keys. */
export interface BenchBot extends Credentials {
  readonly id: string;
}

/** The product's own `gateway start` on a data directory and a configuration file. */
export interface GatewayProgram {
  readonly pid: number;
  /** `http://127.0.0.1:port` */
  readonly address: string;
  readonly dataDir: string;
  stop(): Promise<void>;
}

export interface GatewayProgramOptions {
  readonly bots: readonly BenchBot[];
  /** What every bot's messages go to: a service, or whoever subscribes with a key of this SHA-256; null keeps them in the inbox. */
  readonly target: { readonly url: string } | { readonly keyHash: string } | null;
  /** Token of a relay to enrol with first. */
  readonly relayToken?: string;
  /** Prepares the data directory before the program starts. */
  readonly prepare?: (dataDir: string) => void;
}

/** Starts it and waits for its ready line. With `CAUSEWAY_BENCH_PROFILE=DIR` it leaves a CPU profile there. */
export async function startGatewayProgram(options: GatewayProgramOptions): Promise<GatewayProgram> {
  const dataDir = await mkdtemp(join(tmpdir(), 'causeway-bench-gateway-'));
  options.prepare?.(dataDir);
  const config = join(dataDir, 'config.toml');
  await writeFile(config, configText(options), { mode: 0o600 });
  if (options.relayToken !== undefined) await enrol(dataDir, options.relayToken);
  const args = ['start', '--json', '--management', '127.0.0.1:0', '--data-dir', dataDir];
  const child = spawn(
    process.execPath,
    [...profile('gateway'), launcher, ...args, '--config', config],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const lines = createInterface({ input: child.stdout });
  const [line] = (await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`the gateway ended with ${String(code)} before it was ready`);
    }),
  ])) as [string];
  const { gateway: address } = JSON.parse(line) as { gateway: string };
  return {
    pid: child.pid ?? 0,
    address,
    dataDir,
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function enrol(dataDir: string, token: string): Promise<void> {
  const file = join(dataDir, 'relay.token');
  await writeFile(file, token, { mode: 0o600 });
  const args = ['tunnel', 'auth', '--token-file', file, '--data-dir', dataDir];
  const child = spawn(process.execPath, [launcher, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`enrolling ended with ${String(code)}`);
}

function configText({ bots, target }: GatewayProgramOptions): string {
  const entries = bots.map(
    ({ id, token, encodingAESKey, receiveId }) =>
      `[[bots]]\nid = "${id}"\nkind = "app"\ntoken = "${token}"\nencoding_aes_key = "${encodingAESKey}"\n` +
      `receive_id = "${receiveId}"\n${target === null ? '' : 'target = "service"\n'}`,
  );
  return [targetText(target), ...entries].join('\n');
}

function targetText(target: GatewayProgramOptions['target']): string {
  if (target === null) return '';
  const where = 'url' in target ? `url = "${target.url}"` : 'websocket = true';
  const text = `[[targets]]\nid = "service"\n${where}\nmax_in_flight = 10000\n`;
  if ('url' in target) return text;
  const key = `{ id = "service", hash = "${target.keyHash}", scopes = ["read"], target = "service" }`;
  return `${text}[api]\nkeys = [${key}]\n`;
}
