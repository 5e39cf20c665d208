import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from 'undici';
import { expect, onTestFinished } from 'vitest';
import { silentLogger } from '../../common/domain/log.ts';
import {
  createGateway,
  type BotConfig,
  type Gateway,
  type GatewayConfig,
  type GatewayOptions,
} from '../../gateway/index.ts';
import {
  startSimulator,
  type Simulator,
  type SimulatorOptions,
} from '../../practice/simulator/index.ts';

export const app = { name: 'app', corpId: 'ww0123', secret: 'app-secret', agentId: 1000002 };

/** A directory that goes with the test. */
export async function tempDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'causeway-sending-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** WeCom with one app and as many robots as names are given; closed with the test. */
export async function startWecom(
  robots: readonly string[],
  more: Partial<SimulatorOptions> = {},
): Promise<Simulator> {
  const simulator = await startSimulator({
    listen: { host: '127.0.0.1', port: 0 },
    robots: robots.map((name) => ({ name, key: `key-of-${name}` })),
    apps: [app],
    ...more,
  });
  onTestFinished(() => simulator.close());
  return simulator;
}

export function robotBot(wecom: Simulator, id: string, more: Partial<BotConfig> = {}): BotConfig {
  return {
    id,
    kind: 'robot',
    receiveId: '',
    target: null,
    webhook: wecom.webhook(`key-of-${id}`),
    ...more,
  };
}

export function appBot(wecom: Simulator, more: Partial<BotConfig> = {}): BotConfig {
  return {
    id: 'app',
    kind: 'app',
    receiveId: app.corpId,
    target: null,
    corpId: app.corpId,
    corpSecret: app.secret,
    agentId: app.agentId,
    apiBase: wecom.address,
    ...more,
  };
}

export function configOf(
  bots: readonly BotConfig[],
  more: Partial<GatewayConfig> = {},
): GatewayConfig {
  return {
    bots,
    targets: [],
    routes: [],
    defaultBot: null,
    apiKeys: [],
    callbackMaxAgeMs: 0,
    retentionMs: 86_400_000,
    ...more,
  };
}

/** A gateway over real sockets and a real store; closed with the test. */
export async function startSending(
  bots: readonly BotConfig[],
  more: Partial<GatewayOptions> = {},
): Promise<Gateway> {
  const agent = new Agent();
  const gateway = await createGateway({
    dataDir: more.dataDir ?? (await tempDir()),
    config: configOf(bots),
    listen: { host: '127.0.0.1', port: 0 },
    log: silentLogger,
    egress: { via: 'direct', ip: () => null, dispatcher: () => agent },
    version: '0.0.0-test',
    ...more,
  });
  onTestFinished(async () => {
    await gateway.close(0);
    await agent.close();
  });
  return gateway;
}

export const text = (content: string) => ({ msgtype: 'text', text: { content } }) as const;

/** Contents of the texts that arrived, in order. */
export function arrived(wecom: Simulator): string[] {
  return wecom.messages().map(({ message }) => (message as ReturnType<typeof text>).text.content);
}

/** Waits for what happens on other sockets and disks; a busy machine takes its time. */
export function poll<T>(read: () => T | Promise<T>) {
  return expect.poll(read, { interval: 5 });
}
