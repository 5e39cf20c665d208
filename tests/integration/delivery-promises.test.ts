import { expect } from 'vitest';
import { defaultBreakerPolicy } from '../../gateway/delivery/balancing/breaker.ts';
import { defaultRetryPolicy } from '../../gateway/delivery/balancing/retry-budget.ts';
import { retryDelay } from '../../gateway/delivery/retry.ts';
import {
  answered,
  json,
  rowWhere,
  startGateway,
  startTarget,
  tempDir,
} from '../../gateway/testing/harness.ts';
import { groupOf, startFaulty, startPool } from '../../gateway/testing/pool.ts';
import { appBot, newKeys, signCallback, textMessage } from '../../gateway/testing/wecom-client.ts';
import type { Gateway } from '../../gateway/types.ts';
import { promise } from '../support/report.ts';

const keys = newKeys('ww1');
const bots = [appBot(keys, { target: 'svc' })];

async function callback(gateway: Gateway, from = 'zhangsan'): Promise<void> {
  const path = '/wecom/callback/app';
  const { target, body } = signCallback(keys, { path, plaintext: textMessage('x', { from }) });
  expect((await answered(gateway, target, { body })).status).toBe(200);
}

promise(
  'R10',
  {
    against: 'target that fails, then works',
    by: 'HTTP 503',
    promise: 'breaker opens, tries one, closes after two; no other target suffers',
  },
  async (figures) => {
    const bad = await startFaulty();
    const good = await startFaulty();
    let time = Date.now();
    const { pool, send, metrics } = startPool(
      { targets: Object.entries({ bad, good }).map(([id, { url }]) => ({ id, url })) },
      {
        // What is shown here is the breaker, and not how far the retries go.
        retry: { ...defaultRetryPolicy, ratio: 1 },
      },
      () => time,
    );
    const group = groupOf(['bad', 'good']);
    const state = () => pool.health().get('bad')?.breaker;
    // Two failures, one success: never three in a row, so that only the breaker can take it out.
    let count = 0;
    await bad.behave((response) => {
      count += 1;
      response.writeHead(count % 3 === 0 ? 204 : 503).end();
    });
    let errors = 0;
    while (state() === 'closed') if (!(await send(group)).taken) errors += 1;
    const opened = bad.hits();
    for (let sent = 0; sent < 5; sent += 1) expect((await send(group)).target).toBe('good');
    expect(bad.hits()).toBe(opened);
    await bad.behave('ok');
    time += defaultBreakerPolicy.openMs;
    expect(state()).toBe('half_open');
    while (state() !== 'closed') if (!(await send(group)).taken) errors += 1;
    Object.assign(figures, { requestsToOpen: opened, trials: bad.hits() - opened, errors });
    expect([bad.hits() - opened, errors]).toEqual([2, 0]);
    expect(await metrics()).toContain('gateway_circuit_breaker_opened_total{target="bad"} 1');
  },
);

promise(
  'R11',
  { against: 'all targets fail', by: 'HTTP 503', promise: 'attempts ≤ 1.2 × requests + 3' },
  async (figures) => {
    const services = await Promise.all([1, 2, 3].map(() => startFaulty(503)));
    const targets = services.map(({ url }, index) => ({ id: String(index), url }));
    const time = Date.now();
    const { send } = startPool({ targets }, {}, () => time);
    const group = groupOf(['0', '1', '2']);
    const requests = 1_000;
    for (let sent = 0; sent < requests; sent += 50) {
      await Promise.all(Array.from({ length: 50 }, () => send(group)));
    }
    const attempts = services.reduce((sum, { hits }) => sum + hits(), 0);
    Object.assign(figures, { requests, attempts });
    expect(attempts).toBeLessThanOrEqual(1.2 * requests + 3);
  },
);

promise(
  'R12',
  {
    against: 'target that refuses for good',
    by: 'HTTP 410, webhook-delivery: abort-message',
    promise:
      'schedule 1 s × 2ⁿ to 5 min, half of it jitter; no retry after a final refusal; survives a restart',
  },
  async (figures) => {
    const schedule = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((attempt) => [
      retryDelay(attempt, () => 0),
      retryDelay(attempt, () => 1 - Number.EPSILON),
    ]);
    const longest = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((seconds) => seconds * 1_000);
    expect(schedule).toEqual(longest.map((ms) => [ms / 2, ms]));

    for (const answer of ['410', 'abort'] as const) {
      const service = await startTarget((response) =>
        answer === '410'
          ? response.writeHead(410).end()
          : response.writeHead(503, { 'webhook-delivery': 'abort-message' }).end(),
      );
      const gateway = await startGateway({ bots, targets: [{ id: 'svc', url: service.url }] });
      await callback(gateway);
      expect(await rowWhere(gateway, (row) => row.outcome === 'failed')).toMatchObject({
        error: { code: 'TARGET_REFUSED' },
      });
      expect(service.heard).toHaveLength(1);
    }

    const dataDir = await tempDir();
    const failing = await startTarget((response) => response.writeHead(503).end());
    const first = await startGateway(
      { bots, targets: [{ id: 'svc', url: failing.url }] },
      { dataDir },
    );
    for (const from of ['a', 'b', 'c']) await callback(first, from);
    await expect.poll(() => failing.heard.length).toBeGreaterThanOrEqual(3);
    await first.close(0);
    const ids = new Set(failing.heard.map(({ headers }) => headers['webhook-id']));
    const working = await startTarget((response) => json(response, {}));
    await startGateway({ bots, targets: [{ id: 'svc', url: working.url }] }, { dataDir });
    await expect.poll(() => working.heard.length).toBe(3);
    expect(new Set(working.heard.map(({ headers }) => headers['webhook-id']))).toEqual(ids);
    Object.assign(figures, { steps: schedule.length, finalRefusals: 2, takenUpAfterRestart: 3 });
  },
);

promise(
  'R21',
  {
    against: 'target that redirects, or answers without end',
    by: 'HTTP 302, 2 MiB of JSON',
    promise: 'a redirect is a failure and not followed; an answer is read to 1 MiB',
  },
  async (figures) => {
    const elsewhere = await startTarget((response) => json(response, {}));
    const redirecting = await startTarget((response) =>
      response.writeHead(302, { location: elsewhere.url }).end(),
    );
    const gateway = await startGateway({ bots, targets: [{ id: 'svc', url: redirecting.url }] });
    await callback(gateway);
    const row = await rowWhere(gateway, (row) => row.error !== null);
    expect(row).toMatchObject({ outcome: 'pending', error: { code: 'TARGET_REFUSED' } });

    const endless = await startTarget((response) =>
      json(response, { reply: { type: 'text', content: 'x'.repeat(2 << 20) } }),
    );
    const other = await startGateway({ bots, targets: [{ id: 'svc', url: endless.url }] });
    await callback(other);
    const taken = await rowWhere(other, (row) => row.error !== null);
    expect(taken).toMatchObject({ outcome: 'accepted', error: { code: 'TARGET_REPLY_INVALID' } });
    Object.assign(figures, { followed: elsewhere.heard.length, deliveries: endless.heard.length });
    expect(elsewhere.heard).toEqual([]);
  },
);

promise(
  'R20',
  {
    against: 'targets at metadata and link-local addresses',
    by: 'IPv4, IPv6, mapped, decimal',
    promise: 'no connection is opened unless the operator allows the network',
  },
  async (figures) => {
    const urls = [
      'http://169.254.169.254/latest/meta-data/',
      'http://[::ffff:a9fe:a9fe]/',
      'http://2852039166/',
      'http://[fe80::1]/',
      'http://100.100.100.200/',
      'http://[fd00:ec2::254]/',
    ];
    let refused = 0;
    for (const url of urls) {
      const { send } = startPool({ targets: [{ id: 'meta', url }] });
      const result = await send(groupOf(['meta']));
      expect(result.error, url).toMatchObject({ code: 'TARGET_ADDRESS_REFUSED' });
      refused += 1;
    }
    Object.assign(figures, { addresses: urls.length, refused });
  },
);
