import { expect } from 'vitest';
import { call, startLoad, tally } from './support/public.ts';
import { fault } from './support/rows.ts';
import { pause, until } from './support/until.ts';
import { reach, startAgentProcess, startRelay, startRelayProcess } from './support/world.ts';

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

for (const downMs of [0, 1_000, 5_000]) {
  fault(
    {
      id: 'T2',
      fault: `kill -9 of the relay, down for ${downMs / 1000} s`,
      injectedBy: 'SIGKILL under 100 requests a second, then a start on the same data',
      promise: 'P2: sessions back within 5 s, the on-prem program never exits, nothing is lost',
    },
    async (figures) => {
      const relay = await startRelayProcess();
      const agent = await startAgentProcess({ identity: await relay.newDevice() });
      await reach(agent, 'online');
      const load = startLoad(relay.public, 100, (index) => ({
        path: `/${index}`,
        deadlineMs: 10_000,
      }));
      await pause(1_000);
      await relay.program().kill();
      await until('loss seen', 3_000, () => agent.state()?.phase !== 'online');
      await pause(downMs);
      const program = await relay.start();
      const began = performance.now();
      await until('sessions back', 5_000, async () => (await program.stats()).sessions === 2);
      figures['back after ms'] = performance.now() - began;
      await pause(500);
      const outcomes = await load.stop();
      figures['load'] = outcomes.text();
      expect(outcomes.lost).toBe(0);
      expect(outcomes.count('200')).toBeGreaterThan(100);
      expect((await call(relay.public, { path: '/after' })).body).toBe('GET /after');
      expect((await agent.stats()).reconnects).toBeGreaterThanOrEqual(1);
    },
  );
}
