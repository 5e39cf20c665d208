import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { defaultHealthPolicy } from '../../gateway/delivery/balancing/health.ts';
import {
  groupOf,
  startFaulty,
  startPool,
  type Behaviour,
  type FaultyService,
} from '../../gateway/testing/pool.ts';
import { LEFT_OUT, promise, type Figures } from '../support/report.ts';
import { hasHaproxy, startHaproxy } from './support/haproxy.ts';

/** `inter 10s`, `timeout 2s` of the real settings, scaled down on both sides; the machine may be busy, so not too far. */
const INTER_MS = 200;
const TIMEOUT_MS = 400;
const REQUESTS = 30;

/** One side of the comparison: Causeway's balancer, or HAProxy, over services of its own. */
interface Side {
  readonly bad: FaultyService;
  readonly good: FaultyService;
  /** Whether the caller got a good answer. */
  send(): Promise<boolean>;
  isOut(): Promise<boolean>;
}

async function ours(): Promise<Side> {
  const bad = await startFaulty();
  const good = await startFaulty();
  const { pool, send } = startPool(
    {
      targets: Object.entries({ bad, good }).map(([id, { url }]) => ({
        id,
        url,
        timeoutMs: TIMEOUT_MS,
        healthCheck: '/up',
      })),
    },
    {
      probe: { intervalMs: INTER_MS, outIntervalMs: INTER_MS, timeoutMs: TIMEOUT_MS },
      // The recovery that is compared is the one by probes: the ejection's own end is far away.
      health: { ...defaultHealthPolicy, ejectionMs: 600_000, maxEjectionMs: 600_000 },
    },
  );
  const group = groupOf(['bad', 'good']);
  const health = () => pool.health().get('bad');
  return {
    bad,
    good,
    send: async () => (await send(group)).taken,
    isOut: () => Promise.resolve(health()?.state !== 'up' || health()?.breaker === 'open'),
  };
}

async function haproxy(): Promise<Side> {
  const bad = await startFaulty();
  const good = await startFaulty();
  const proxy = await startHaproxy({ bad, good }, { interMs: INTER_MS, timeoutMs: TIMEOUT_MS });
  return {
    bad,
    good,
    send: async () => (await proxy.send()) === 204,
    isOut: async () => (await proxy.state('bad')).startsWith('DOWN'),
  };
}

async function both(): Promise<Record<'ours' | 'haproxy', Side>> {
  return { ours: await ours(), haproxy: await haproxy() };
}

/** Requests one after the other; how many failed, and how many of them met the bad target. */
async function run(side: Side, requests: number): Promise<{ errors: number; hits: number }> {
  const before = side.bad.hits();
  let errors = 0;
  for (let sent = 0; sent < requests; sent += 1) if (!(await side.send())) errors += 1;
  return { errors, hits: side.bad.hits() - before };
}

function compare(
  id: string,
  name: string,
  words: string,
  test: (figures: Figures) => Promise<void>,
) {
  promise(
    id as 'R9',
    { against: name, by: 'HAProxy, same script', promise: words },
    async (figures) => {
      if (!hasHaproxy) {
        figures[LEFT_OUT] = 'haproxy is not installed';
        return;
      }
      await test(figures);
    },
  );
}

/** Accepts connections and lets them lie. */
const silent: Behaviour = (response) => void response.socket?.pause();
const flapping = (): Behaviour => {
  let count = 0;
  return (response) => {
    count += 1;
    response.writeHead(count % 3 === 0 ? 204 : 503).end();
  };
};
const slow: Behaviour = (response) => {
  setTimeout(() => response.writeHead(204).end(), TIMEOUT_MS * 3);
};

for (const [name, behaviour] of [
  ['refuses', 'refuse'],
  ['hangs', 'hang'],
  ['answers 500', 500],
  ['is too slow', slow],
  ['half-open: takes and keeps still', silent],
  ['cuts connections', 'reset'],
] as const) {
  compare(
    'R9',
    `target ${name}`,
    'no caller sees it; out after 3 requests; back after 2 probes',
    async (figures) => {
      for (const [who, side] of Object.entries(await both())) {
        expect(await run(side, 10)).toMatchObject({ errors: 0 });
        await side.bad.behave(behaviour);
        const { errors, hits } = await run(side, REQUESTS);
        if (who === 'ours') expect(await side.isOut()).toBe(true);
        // HAProxy does not count what it retries: there the probes have to find it.
        await expect.poll(() => side.isOut(), { interval: 5 }).toBe(true);
        await side.bad.behave('ok');
        const probes = side.bad.probes();
        await expect.poll(() => side.isOut(), { interval: 5 }).toBe(false);
        const needed = side.bad.probes() - probes;
        await expect
          .poll(async () => (await run(side, 4)).hits, { interval: 20 })
          .toBeGreaterThan(0);
        Object.assign(figures, {
          [`${who}: errors`]: errors,
          [`${who}: met it`]: hits,
          [`${who}: probes`]: needed,
        });
        if (who !== 'ours') continue;
        expect(errors).toBe(0);
        expect(hits).toBeLessThanOrEqual(3);
        // One that failed may have been counted before its answer was known.
        expect(needed).toBeLessThanOrEqual(3);
      }
    },
  );
}

compare(
  'R9',
  'target fails two times of three',
  'no caller sees it; the breaker takes it out',
  async (figures) => {
    for (const [who, side] of Object.entries(await both())) {
      await run(side, 10);
      await side.bad.behave(flapping());
      const { errors, hits } = await run(side, 60);
      Object.assign(figures, { [`${who}: errors`]: errors, [`${who}: met it`]: hits });
      if (who !== 'ours') continue;
      expect(errors).toBe(0);
      expect(await side.isOut()).toBe(true);
    }
  },
);

compare('R9', 'target slow, but in time', 'stays in the rotation', async (figures) => {
  const late: Behaviour = (response) => {
    setTimeout(() => response.writeHead(204).end(), TIMEOUT_MS / 10);
  };
  for (const [who, side] of Object.entries(await both())) {
    await side.bad.behave(late);
    const { errors, hits } = await run(side, REQUESTS);
    expect([errors, await side.isOut()], who).toEqual([0, false]);
    Object.assign(figures, { [`${who}: met it`]: hits });
  }
});

compare(
  'R9',
  'all targets fail, then one works',
  'the last one is never ejected',
  async (figures) => {
    for (const [who, side] of Object.entries(await both())) {
      await run(side, 10);
      await side.bad.behave(503);
      await side.good.behave(503);
      await run(side, 20);
      await side.bad.behave('ok');
      await side.good.behave('ok');
      let failed = 0;
      while (!(await side.send())) failed += 1;
      Object.assign(figures, { [`${who}: failed after the return`]: failed });
      if (who === 'ours') expect(failed).toBe(0);
    }
  },
);

promise(
  'R9',
  {
    against: 'port that accepts and never reads',
    by: 'bare TCP server',
    promise: 'no caller sees it',
  },
  async (figures) => {
    const sockets = new Set<Socket>();
    const dead = createServer((socket) => sockets.add(socket.pause())).listen(0, '127.0.0.1');
    await once(dead, 'listening');
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      dead.close();
    });
    const good = await startFaulty();
    const url = `http://127.0.0.1:${(dead.address() as AddressInfo).port}/`;
    const { pool, send } = startPool({
      targets: [
        { id: 'dead', url, timeoutMs: TIMEOUT_MS },
        { id: 'good', url: good.url },
      ],
    });
    const group = groupOf(['dead', 'good']);
    let errors = 0;
    for (let sent = 0; sent < REQUESTS; sent += 1) {
      if (!(await send(group)).taken) errors += 1;
    }
    Object.assign(figures, { requests: REQUESTS, errors, connections: sockets.size });
    expect(errors).toBe(0);
    expect(sockets.size).toBe(3);
    expect(pool.health().get('dead')?.state).toBe('ejected');
  },
);
