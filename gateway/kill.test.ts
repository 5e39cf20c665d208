import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { expect, it, onTestFinished } from 'vitest';
import { bundleProgram } from '../tests/support/bundle.ts';
import { call, json, startGateway, startTarget, tempDir, testConfig } from './testing/harness.ts';
import { appBot, newKeys, signCallback, textMessage } from './testing/wecom-client.ts';
import type { GatewayConfig } from './types.ts';

const ROUNDS = 4;
const CLIENTS = 12;
const keys = newKeys('ww1');

interface Running {
  readonly child: ChildProcessByStdio<null, Readable, null>;
  readonly address: string;
}

async function startChild(
  program: string,
  dataDir: string,
  config: GatewayConfig,
): Promise<Running> {
  const child = spawn(process.execPath, [program, dataDir, JSON.stringify(config)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout });
  for await (const address of lines) return { child, address };
  throw new Error('the gateway did not start');
}

/** Sends messages until the gateway is gone, killed after so many answers; returns those that were answered 200. */
async function load({ child, address }: Running, killAfter: number): Promise<string[]> {
  const acked: string[] = [];
  const client = async (): Promise<void> => {
    for (;;) {
      const plaintext = textMessage('under load');
      const { target, body } = signCallback(keys, { path: '/wecom/callback/app', plaintext });
      const answer = await call({ address }, target, { body }).catch(() => 'reset' as const);
      if (answer === 'reset') {
        // A connection may break before; were that the end of all clients, nobody would kill it.
        if (child.killed || child.exitCode !== null) return;
        continue;
      }
      expect(answer.status).toBe(200);
      acked.push(plaintext);
      if (acked.length === killAfter) child.kill('SIGKILL');
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return acked;
}

it('has every callback that it answered, once, however often it is killed, and delivers them all', async () => {
  const program = await bundleProgram('gateway/testing/run-gateway.ts');
  const service = await startTarget((response) => json(response, {}));
  const dataDir = await tempDir();
  const config = testConfig({
    bots: [appBot(keys, { target: 'svc' })],
    targets: [{ id: 'svc', url: service.url }],
  });
  const acked: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const running = await startChild(program, dataDir, config);
    const killAfter = 20 + Math.floor(Math.random() * 100);
    const gone = once(running.child, 'exit');
    acked.push(...(await load(running, killAfter)));
    await gone;
  }
  expect(acked.length).toBeGreaterThan(ROUNDS * 20);

  const gateway = await startGateway(config, { dataDir });
  await expect.poll(() => gateway.listMessages({ limit: 1, outcome: 'pending' }).rows).toEqual([]);
  const stored = new Map<string, number>();
  let before: string | undefined;
  for (;;) {
    const page = gateway.listMessages({ limit: 200, ...(before === undefined ? {} : { before }) });
    for (const row of page.rows) {
      const raw = gateway.getMessage(row.id).raw ?? '';
      stored.set(raw, (stored.get(raw) ?? 0) + 1);
      expect(row.outcome).toBe('accepted');
    }
    before = page.rows.at(-1)?.id;
    if (!page.more) break;
  }
  expect([...stored.values()].every((count) => count === 1)).toBe(true);
  expect(acked.filter((plaintext) => !stored.has(plaintext))).toEqual([]);
  const delivered = new Set(
    service.heard.map((heard) => (JSON.parse(heard.body) as { raw: { text: string } }).raw.text),
  );
  expect([...stored.keys()].filter((plaintext) => !delivered.has(plaintext))).toEqual([]);
}, 60_000);
