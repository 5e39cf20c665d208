import { expect } from 'vitest';
import { call, startLoad, tally } from './support/public.ts';
import { fault } from './support/rows.ts';
import { pause, until } from './support/until.ts';
import {
  bothSessions,
  reach,
  startAgent,
  startAgentProcess,
  startRelay,
  startRelayProcess,
} from './support/world.ts';

fault(
  {
    id: 'T1',
    fault: 'kill -9 of the on-prem program',
    injectedBy: 'SIGKILL with 20 requests and 10 callbacks under way',
    promise: 'P6, P3: every request has a definite answer at once, the next program serves',
  },
  async (figures) => {
    const relay = await startRelay();
    const identity = await relay.newDevice();
    const agent = await startAgentProcess({ identity });
    await until('sessions', 10_000, () => relay.sessions() === 2);
    const send = (count: number, path: string, body?: Buffer) =>
      Array.from({ length: count }, () =>
        call(relay.public, { path, ...(body === undefined ? {} : { body }) }),
      );
    const under = [
      ...send(10, '/hang'),
      ...send(10, '/hang', Buffer.from('body')),
      ...send(10, '/wecom/callback/hang', Buffer.from('<xml/>')),
    ];
    await until('requests at the agent', 5_000, async () => (await agent.stats()).requests === 30);
    const killed = performance.now();
    await agent.kill();
    const outcomes = tally();
    for (const outcome of await Promise.all(under)) outcomes.add(outcome);
    figures['answered within ms'] = performance.now() - killed;
    figures['under way'] = outcomes.text();
    expect(outcomes.count('502 AGENT_LOST')).toBe(20);
    // A callback's connection is broken instead, so that WeCom sends it again.
    expect(outcomes.count('ECONNRESET')).toBe(10);
    expect(await call(relay.public, { path: '/' })).toMatchObject({ name: '502 TUNNEL_OFFLINE' });
    expect(relay.sessions()).toBe(0);

    const next = await startAgentProcess({ identity });
    figures['next program online ms'] = await reach(next, 'online', 2_000);
    expect((await call(relay.public, { path: '/after' })).body).toBe('GET /after');
  },
);

const RESTARTS = 20;

fault(
  {
    id: 'T2',
    fault: `kill -9 of the relay, ${RESTARTS} times, down for 0 and 1 s in turn`,
    injectedBy: 'SIGKILL under 100 requests a second, then a start on the same data',
    promise:
      'P2: sessions back within 2 s (p50) and 5 s (p99), the on-prem program never exits, nothing is lost',
  },
  async (figures) => {
    const relay = await startRelayProcess();
    const agent = await startAgentProcess({ identity: await relay.newDevice() });
    await reach(agent, 'online');
    const load = startLoad(relay.public, 100, (index) => ({
      path: `/${index}`,
      deadlineMs: 10_000,
    }));
    const back: number[] = [];
    for (let restart = 0; restart < RESTARTS; restart += 1) {
      await pause(300);
      await relay.program().kill();
      await until('loss seen', 3_000, () => agent.state()?.phase !== 'online');
      await pause((restart % 2) * 1_000);
      const program = await relay.start();
      back.push(
        await until('sessions back', 5_000, async () => (await program.stats()).sessions === 2),
      );
    }
    const outcomes = await load.stop();
    back.sort((one, other) => one - other);
    const [p50, p99] = [back[RESTARTS / 2] ?? 0, back.at(-1) ?? 0];
    figures['back after ms, p50 / p99'] = `${Math.round(p50)} / ${Math.round(p99)}`;
    figures['load'] = outcomes.text();
    expect(p50).toBeLessThanOrEqual(2_000);
    expect(p99).toBeLessThanOrEqual(5_000);
    expect(outcomes.lost).toBe(0);
    expect(outcomes.count('200')).toBeGreaterThan(RESTARTS * 30);
    expect((await call(relay.public, { path: '/after' })).body).toBe('GET /after');
    expect((await agent.stats()).reconnects).toBeGreaterThanOrEqual(RESTARTS);
  },
  180_000,
);

const WAITING = 20;

fault(
  {
    id: 'T2',
    fault: `kill -9 of the relay, down for 30 s, ${WAITING} devices`,
    injectedBy: 'SIGKILL, then a start on the same data',
    promise: 'P2: sessions back within 2 s (p50) and 5 s (p99)',
  },
  async (figures) => {
    const relay = await startRelayProcess();
    const identities = await relay.newDevices(WAITING);
    const agents = identities.map((identity) => startAgent(identity));
    await Promise.all(agents.map(bothSessions));
    await relay.program().kill();
    await pause(30_000);
    await relay.start();
    const back = await Promise.all(agents.map(bothSessions));
    back.sort((one, other) => one - other);
    const [p50, p99] = [back[WAITING / 2] ?? 0, back.at(-1) ?? 0];
    figures['back after ms, p50 / p99'] = `${Math.round(p50)} / ${Math.round(p99)}`;
    expect(p50).toBeLessThanOrEqual(2_000);
    expect(p99).toBeLessThanOrEqual(5_000);
    expect((await call(relay.public, { path: '/after' })).body).toBe('GET /after');
  },
);
