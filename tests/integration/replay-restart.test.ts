import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { ReplayView } from '../../common/domain/replay.ts';
import { answered, json, startTarget, tempDir, testConfig } from '../../gateway/testing/harness.ts';
import { appBot, textMessage } from '../../gateway/testing/wecom-client.ts';
import { promise } from '../support/report.ts';
import { keys, post, sealed, startChild, type Child } from './support/inbound.ts';

const KEY = 'admin-key';
const MESSAGES = 200;
const hash = createHash('sha256').update(KEY).digest('hex');
const poll = { timeout: 60_000, interval: 10 };

async function ask(child: Child, path: string, body?: object): Promise<ReplayView> {
  const answer = await answered(child, path, {
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
  });
  expect(answer.status).toBeLessThan(300);
  return JSON.parse(answer.body) as ReplayView;
}

/** A gateway with messages that went nowhere yet, and a target for a replay. */
async function start() {
  const service = await startTarget((response) => json(response, {}));
  const dataDir = await tempDir();
  const config = testConfig({
    bots: [appBot(keys)],
    targets: [{ id: 'staging', url: service.url }],
    apiKeys: [{ id: 'root', hash, scopes: ['admin'] }],
  });
  const first = await startChild(dataDir, config);
  for (let n = 0; n < MESSAGES; n += 1) {
    const plaintext = textMessage(String(n), { from: `user-${n % 10}` });
    expect(await post(first, sealed(plaintext))).toMatchObject({ status: 200 });
  }
  const replay = (perSecond: number) =>
    ask(first, '/api/replays', {
      messages: { bot: 'app', type: 'text' },
      destination: { kind: 'target', target: 'staging' },
      perSecond,
    });
  const ids = () => service.heard.map(({ headers }) => String(headers['webhook-id']));
  return { service, first, replay, ids, restart: () => startChild(dataDir, config) };
}

const done = (child: Child, id: string) => () =>
  ask(child, `/api/replays/${id}`).then(({ state }) => state);

promise(
  'R13',
  {
    against: 'kill -9 in the middle of a replay, three times',
    by: 'SIGKILL while messages are handed over',
    promise:
      'it goes on by itself; each message arrives, under its own id, doubled only if in flight',
  },
  async (figures) => {
    const { first, replay, ids, restart } = await start();
    const { id } = await replay(400);
    let child = first;
    for (const share of [0.2, 0.4, 0.6]) {
      await expect.poll(() => new Set(ids()).size, poll).toBeGreaterThan(MESSAGES * share);
      await child.end('SIGKILL');
      child = await restart();
    }
    await expect.poll(done(child, id), poll).toBe('done');
    const heard = ids();
    const doubled = heard.length - new Set(heard).size;
    Object.assign(figures, {
      messages: MESSAGES,
      kills: 3,
      delivered: new Set(heard).size,
      doubled,
    });
    expect(new Set(heard).size).toBe(MESSAGES);
    // At most what eight conversations had under way, and the writes of that moment, at each kill.
    expect(doubled).toBeLessThan(3 * 16);
    const view = await ask(child, `/api/replays/${id}`);
    expect(view).toMatchObject({ total: MESSAGES, taken: MESSAGES, failed: 0, skipped: 0 });
    expect(await child.end('SIGTERM')).toBe(0);
  },
  180_000,
);

it('a replay that an orderly stop interrupts goes on without doubling anything, and can still be cancelled', async () => {
  const { first, replay, ids, restart } = await start();
  const { id } = await replay(20);
  await expect.poll(() => ids().length, poll).toBeGreaterThan(20);
  expect(await first.end('SIGTERM')).toBe(0);
  const before = ids().length;
  expect(before).toBeLessThan(MESSAGES);

  const second = await restart();
  await expect.poll(() => ids().length, poll).toBeGreaterThan(before + 10);
  const cancelled = await answered(second, `/api/replays/${id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${KEY}` },
  });
  expect(cancelled.status).toBe(204);
  const heard = ids();
  expect(new Set(heard).size).toBe(heard.length);
  expect(await ask(second, `/api/replays/${id}`)).toMatchObject({ state: 'cancelled' });
  expect(await second.end('SIGTERM')).toBe(0);

  const third = await restart();
  expect(await ask(third, `/api/replays/${id}`)).toMatchObject({
    state: 'cancelled',
    taken: heard.length,
  });
  expect(ids()).toHaveLength(heard.length);
});
