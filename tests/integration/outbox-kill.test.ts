import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { expect, it, onTestFinished } from 'vitest';
import type { GatewayConfig } from '../../gateway/index.ts';
import { report } from '../support/report.ts';
import {
  appBot,
  arrived,
  configOf,
  poll,
  robotBot,
  startSending,
  startWecom,
  tempDir,
  text,
} from '../support/sending.ts';

const KEY = 'cwk_test';
const apiKeys = [
  { id: 'k', hash: createHash('sha256').update(KEY).digest('hex'), scopes: ['send', 'read'] },
] as const;
const runner = fileURLToPath(new URL('../../gateway/testing/run-gateway.ts', import.meta.url));

type Child = ChildProcessByStdio<null, Readable, null>;

async function startChild(dataDir: string, config: GatewayConfig) {
  const child: Child = spawn(process.execPath, [runner, dataDir, JSON.stringify(config)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  for await (const address of createInterface({ input: child.stdout })) {
    const kill = async (): Promise<void> => {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    };
    return { address, kill };
  }
  throw new Error('the gateway did not start');
}

/** The id of a message that was stored; null where nothing was answered. */
async function post(address: string, bot: string, body: object): Promise<string | null> {
  try {
    const answer = await request(`${address}/api/bots/${bot}/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return ((await answer.body.json()) as { id: string }).id;
  } catch {
    return null;
  }
}

it('kill -9 while sending: a robot’s message is unknown and not sent again, a checked app’s is', async () => {
  const wecom = await startWecom(['robot']);
  const dataDir = await tempDir();
  const config = configOf([robotBot(wecom, 'robot'), appBot(wecom)], { apiKeys });
  const { address, kill } = await startChild(dataDir, config);
  wecom.setFault('no_answer', true);
  const open = [
    post(address, 'robot', text('sending')),
    post(address, 'app', { ...text('checked'), touser: 'lisi', enable_duplicate_check: 1 }),
  ];
  await poll(() => arrived(wecom).length).toBe(2);
  open.push(post(address, 'robot', text('waiting')));
  const headers = { authorization: `Bearer ${KEY}` };
  await poll(async () => {
    const answer = await request(`${address}/api/outbox`, { headers });
    return ((await answer.body.json()) as { total: number }).total;
  }).toBe(3);
  await kill();
  await Promise.all(open);
  wecom.setFault('no_answer', false);

  const gateway = await startSending(config.bots, { dataDir });
  await poll(() => gateway.outbox.list({ limit: 9 }).total).toBe(0);
  expect(arrived(wecom).toSorted()).toEqual(['checked', 'sending', 'waiting']);
  const states = gateway.listMessages({ limit: 9 }).rows.map(({ bot, outcome }) => [bot, outcome]);
  expect(states.map((pair) => pair.join(' ')).toSorted()).toEqual([
    'app delivered',
    'robot delivered',
    'robot unknown',
  ]);
  // The attempt that nobody knows the end of still counts in the robot's minute.
  expect(gateway.quota('robot').remaining).toBe(18);
});

it('kill -9 at any moment under load: what was answered is delivered once, or unknown', async () => {
  const robots = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6'];
  const wecom = await startWecom(robots);
  const dataDir = await tempDir();
  const config = configOf(
    robots.map((id) => robotBot(wecom, id)),
    { apiKeys },
  );
  const stored: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    const { address, kill } = await startChild(dataDir, config);
    const work = robots.flatMap((id) =>
      Array.from({ length: 6 }, async (_, n) => {
        const answered = await post(address, id, text(`${id}/${round}/${n}`));
        if (answered !== null) stored.push(answered);
      }),
    );
    const wanted = arrived(wecom).length + 10 + Math.floor(Math.random() * 24);
    await poll(() => arrived(wecom).length).toBeGreaterThan(wanted - 1);
    await kill();
    await Promise.all(work);
  }
  const gateway = await startSending(config.bots, { dataDir });
  await poll(() => gateway.outbox.list({ limit: 1 }).total).toBe(0);
  const contents = arrived(wecom);
  expect(new Set(contents).size).toBe(contents.length);
  const states = stored.map((id) => gateway.sendStatus(id).state);
  expect(states.every((state) => state === 'delivered' || state === 'unknown')).toBe(true);
  const { rows } = gateway.listMessages({ limit: 200 });
  const delivered = rows.filter(({ outcome }) => outcome === 'delivered').length;
  const unknown = rows.filter(({ outcome }) => outcome === 'unknown').length;
  expect(delivered).toBeLessThanOrEqual(contents.length);
  expect(delivered + unknown).toBeGreaterThanOrEqual(contents.length);
  report({
    id: 'R3',
    promise: 'kill -9 while sending doubles nothing; what is uncertain is marked unknown',
    figures: { kills: 3, arrived: contents.length, doubled: 0, unknown, answered: stored.length },
  });
});
