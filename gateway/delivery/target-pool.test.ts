import { describe, expect, it } from 'vitest';
import {
  groupOf,
  startFaulty,
  startPool,
  type Behaviour,
  type FaultyService,
} from '../testing/pool.ts';
import { defaultHealthPolicy } from './balancing/health.ts';
import { defaultRetryPolicy } from './balancing/retry-budget.ts';

const target = (id: string, service: FaultyService, more: object = {}) => ({
  id,
  url: service.url,
  timeoutMs: 20_000,
  ...more,
});
const pair = async (behaviour: Behaviour) => {
  const bad = await startFaulty(behaviour);
  const good = await startFaulty();
  return {
    bad,
    good,
    targets: [
      target('bad', bad, behaviour === 'hang' ? { timeoutMs: 300 } : {}),
      target('good', good),
    ],
  };
};

describe('a target that fails', () => {
  it.each<[string, Behaviour]>([
    ['refuses connections', 'refuse'],
    ['cuts connections', 'reset'],
    ['hangs', 'hang'],
    ['answers 500', 500],
    ['answers 502', 502],
    ['answers 503', 503],
    ['answers 504', 504],
  ])('%s: no caller notices, and it is ejected after three failures', async (_, behaviour) => {
    const { bad, good, targets } = await pair(behaviour);
    const { pool, send } = startPool({ targets });
    const group = groupOf(['bad', 'good']);
    for (let sent = 0; sent < 12; sent += 1) {
      expect(await send(group)).toMatchObject({ taken: true, target: 'good' });
    }
    expect(good.hits()).toBe(12);
    if (behaviour !== 'refuse') expect(bad.hits()).toBe(3);
    expect(pool.health().get('bad')).toMatchObject({ state: 'ejected', healthy: false });
    expect(pool.health().get('good')).toMatchObject({ state: 'up', healthy: true, inFlight: 0 });
  });

  it.each([400, 404, 410, 429])(
    '%i speaks against the message: no other target is asked',
    async (status) => {
      const { good, targets } = await pair(status);
      const { pool, send } = startPool({ targets });
      const group = groupOf(['bad', 'good']);
      for (let sent = 0; sent < 12; sent += 1) await send(group);
      expect(good.hits()).toBe(6);
      expect(pool.health().get('bad')?.state).toBe('up');
    },
  );

  it('500 speaks against the message where the operator says so', async () => {
    const bad = await startFaulty(500);
    const good = await startFaulty();
    const { send } = startPool({
      targets: [target('bad', bad, { failOn500: false }), target('good', good)],
    });
    const results = [await send(groupOf(['bad', 'good'])), await send(groupOf(['bad', 'good']))];
    expect(results).toMatchObject([{ taken: false, target: 'bad' }, { target: 'bad' }]);
  });

  it('is never ejected when it is the last, and the tries are counted as panics', async () => {
    const only = await startFaulty(503);
    const { pool, send, metrics } = startPool({ targets: [target('only', only)] });
    for (let sent = 0; sent < 20; sent += 1) await send(groupOf(['only']));
    expect(only.hits()).toBe(20);
    expect(pool.health().get('only')).toMatchObject({ state: 'up', breaker: 'open' });
    expect(await metrics()).toMatch(/gateway_upstream_panics_total\{upstream="g"\} 10\n/);
  });

  it('of two that fail one stays, and is found working again at once', async () => {
    const a = await startFaulty(503);
    const b = await startFaulty(503);
    const { pool, send } = startPool({ targets: [target('a', a), target('b', b)] });
    const group = groupOf(['a', 'b']);
    for (let sent = 0; sent < 10; sent += 1) await send(group);
    const states = ['a', 'b'].map((id) => pool.health().get(id)?.state);
    expect(new Set(states)).toEqual(new Set(['ejected', 'up']));
    await a.behave('ok');
    await b.behave('ok');
    expect(await send(group)).toMatchObject({ taken: true });
  });
});

describe('R11', () => {
  it('attempts stay below 1.2 × requests + 3 while all targets fail', async () => {
    const services = await Promise.all([1, 2, 3].map(() => startFaulty(503)));
    const targets = services.map((service, index) => target(String(index), service));
    const time = Date.now();
    const { send } = startPool({ targets }, {}, () => time);
    const group = groupOf(['0', '1', '2']);
    const requests = 600;
    for (let sent = 0; sent < requests; sent += 20) {
      await Promise.all(Array.from({ length: 20 }, () => send(group)));
    }
    const attempts = services.reduce((sum, service) => sum + service.hits(), 0);
    expect(attempts).toBeGreaterThan(requests);
    expect(attempts).toBeLessThanOrEqual(1.2 * requests + 3);
  });

  it('without a budget the message waits for its next time', async () => {
    const { targets } = await pair(503);
    const { send, metrics } = startPool(
      { targets },
      { retry: { ...defaultRetryPolicy, ratio: 0, minimum: 0 } },
    );
    expect(await send(groupOf(['bad', 'good']))).toMatchObject({
      taken: false,
      retry: true,
      target: 'bad',
    });
    expect(await metrics()).toContain(
      'gateway_upstream_retry_budget_exhausted_total{upstream="g"} 1',
    );
  });
});

describe('health checks', () => {
  const probe = { intervalMs: 20, outIntervalMs: 10, timeoutMs: 20_000 };

  it('take a target out before a message meets it, and back in', async () => {
    const service = await startFaulty();
    const other = await startFaulty();
    const targets = [target('a', service, { healthCheck: '/up' }), target('b', other)];
    const { pool, send, metrics } = startPool({ targets }, { probe });
    await service.behave(503);
    await expect.poll(() => pool.health().get('a')?.state, { interval: 5 }).toBe('down');
    expect(await send(groupOf(['a', 'b']))).toMatchObject({ target: 'b' });
    expect(await send(groupOf(['a', 'b']))).toMatchObject({ target: 'b' });
    expect(service.hits()).toBe(0);
    await service.behave('ok');
    await expect.poll(() => pool.health().get('a')?.state, { interval: 5 }).toBe('up');
    expect(await metrics()).toContain(
      'gateway_upstream_ejections_total{upstream="all",target="a",reason="active"} 1',
    );
  });

  it('end an ejection after two passes', async () => {
    const service = await startFaulty('reset');
    const other = await startFaulty();
    const targets = [target('a', service, { healthCheck: '/up' }), target('b', other)];
    const health = {
      ...defaultHealthPolicy,
      fall: 1_000,
      ejectionMs: 3_600_000,
      maxEjectionMs: 3_600_000,
    };
    const { pool, send } = startPool({ targets }, { probe, health });
    while (pool.health().get('a')?.state === 'up') await send(groupOf(['a', 'b']));
    expect(pool.health().get('a')?.ejectedUntil).toBeGreaterThan(Date.now());
    // Since when and for what, in the words of the console.
    expect(pool.health().get('a')?.ejectedSince).toBeLessThanOrEqual(Date.now());
    expect(pool.health().get('a')?.failure).toMatchObject({
      error: { code: 'TARGET_UNREACHABLE', params: { target: 'a' } },
    });
    await service.behave('ok');
    await expect.poll(() => pool.health().get('a')?.state, { interval: 5 }).toBe('up');
    expect(pool.health().get('a')?.ejectedSince).toBeNull();
    await send(groupOf(['a']));
    expect(pool.health().get('a')?.failure).toBeNull();
  });
});

describe('a group', () => {
  it('uses a standby only while nobody of a lower priority is there', async () => {
    const active = await startFaulty();
    const backup = await startFaulty();
    const targets = [target('active', active), target('backup', backup, { priority: 1 })];
    const { send } = startPool({ targets });
    const group = groupOf(['backup', 'active']);
    for (let sent = 0; sent < 4; sent += 1) expect((await send(group)).target).toBe('active');
    await active.behave('refuse');
    for (let sent = 0; sent < 4; sent += 1) expect((await send(group)).target).toBe('backup');
  });

  it('sends a conversation to the same target as long as it works', async () => {
    const services = await Promise.all([1, 2, 3].map(() => startFaulty()));
    const targets = services.map((service, index) => target(String(index), service));
    const { send } = startPool({ targets });
    const group = groupOf(['0', '1', '2'], { balance: 'hash' });
    const first = (await send(group, 'chat-7')).target;
    for (let sent = 0; sent < 5; sent += 1)
      expect((await send(group, 'chat-7')).target).toBe(first);
    await services[Number(first)]?.behave('refuse');
    const second = (await send(group, 'chat-7')).target;
    expect(second).not.toBe(first);
    expect((await send(group, 'chat-7')).target).toBe(second);
  });

  it('gives a draining target nothing, and lets it finish', async () => {
    let finish = (): void => undefined;
    const old = await startFaulty((response) => {
      finish = () => response.writeHead(204).end();
    });
    const fresh = await startFaulty();
    const { pool, send } = startPool({
      targets: [target('old', old), target('fresh', fresh)],
    });
    const group = groupOf(['old', 'fresh']);
    const running = send(group);
    await expect.poll(() => old.hits()).toBe(1);
    pool.reconfigure({ targets: [target('old', old, { draining: true }), target('fresh', fresh)] });
    for (let sent = 0; sent < 4; sent += 1) expect((await send(group)).target).toBe('fresh');
    expect(pool.health().get('old')).toMatchObject({ state: 'draining', inFlight: 1 });
    finish();
    expect(await running).toMatchObject({ taken: true, target: 'old' });
    expect(pool.health().get('old')?.inFlight).toBe(0);
  });

  it('does not give a target more than it may have in flight', async () => {
    const finish: (() => void)[] = [];
    const slow = await startFaulty((response) => finish.push(() => response.writeHead(204).end()));
    const { send } = startPool({
      targets: [target('slow', slow, { maxInFlight: 2 })],
    });
    const group = groupOf(['slow']);
    const running = [send(group), send(group)];
    await expect.poll(() => finish.length).toBe(2);
    expect(await send(group)).toMatchObject({
      taken: false,
      retry: true,
      target: null,
      error: { params: { reason: 'busy' } },
    });
    for (const end of finish) end();
    expect(await Promise.all(running)).toMatchObject([{ taken: true }, { taken: true }]);
  });
});

describe('R20, R21', () => {
  it.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://[::ffff:169.254.169.254]/',
    'http://[fe80::1]/',
    'http://100.100.100.200/',
    'http://1684301000/',
  ])('%s is not connected to', async (url) => {
    const { send } = startPool({ targets: [{ id: 'meta', url, timeoutMs: 2_000 }] });
    const result = await send(groupOf(['meta']));
    expect(result).toMatchObject({
      taken: false,
      error: { code: 'TARGET_ADDRESS_REFUSED', params: { target: 'meta' } },
    });
  });

  it('a redirect is a failure and is not followed', async () => {
    const other = await startFaulty();
    const service = await startFaulty((response) =>
      response.writeHead(302, { location: other.url }).end(),
    );
    const { send } = startPool({ targets: [target('a', service)] });
    expect(await send(groupOf(['a']))).toMatchObject({
      taken: false,
      error: { code: 'TARGET_REFUSED' },
    });
    expect(other.hits()).toBe(0);
  });

  it('an endless answer is given up after 1 MiB', async () => {
    let sent = 0;
    const service = await startFaulty((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const chunk = Buffer.alloc(64 << 10, ' ');
      const write = (): void => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length;
        sent += chunk.length;
        if (!response.destroyed) response.once('drain', write);
      };
      write();
    });
    const { send } = startPool({ targets: [target('a', service)] });
    expect(await send(groupOf(['a']))).toMatchObject({ error: { code: 'TARGET_REPLY_INVALID' } });
    await expect.poll(() => service.sockets.size).toBe(0);
    // What the system's socket buffers hold comes on top.
    expect(sent).toBeLessThan(16 << 20);
  });
});
