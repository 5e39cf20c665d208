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

const RATE = 200;
/** Some requests take a moment, so that a stop always meets requests under way. */
const mixed = (index: number) => ({
  path: index % 10 === 0 ? `/slow?ms=200&n=${index}` : `/${index}`,
  deadlineMs: 10_000,
});

fault(
  {
    id: 'T7',
    fault: 'graceful stop of one of two devices',
    injectedBy: `SIGTERM at ${RATE} requests a second, then its start`,
    promise: 'P5: 0 failed requests',
  },
  async (figures) => {
    const relay = await startRelay();
    const stays = startAgent(await relay.newDevice());
    const identity = await relay.newDevice();
    const leaves = await startAgentProcess({ identity });
    await bothSessions(stays);
    await until('four sessions', 10_000, () => relay.sessions() === 4);
    const load = startLoad(relay.public, RATE, mixed);
    await pause(1_000);
    leaves.signal('SIGTERM');
    expect(await leaves.ended).toBe('0');
    await pause(500);
    const back = await startAgentProcess({ identity });
    await reach(back, 'online');
    await pause(1_000);
    const outcomes = await load.stop();
    figures['load'] = outcomes.text();
    figures['carried by the stopped one'] = (await back.stats()).requests;
    expect(outcomes.sent).toBeGreaterThan(RATE * 2);
    expect(outcomes.count('200')).toBe(outcomes.sent);
  },
);

fault(
  {
    id: 'T7',
    fault: 'graceful stop of the only device',
    injectedBy: `SIGTERM with 40 requests under way`,
    promise: 'P5: what is under way is finished, what comes after has its definite answer',
  },
  async (figures) => {
    const relay = await startRelay();
    const agent = await startAgentProcess({ identity: await relay.newDevice() });
    await until('sessions', 10_000, () => relay.sessions() === 2);
    const under = Array.from({ length: 40 }, (_, n) =>
      call(relay.public, { path: `/slow?ms=1000&n=${n}` }),
    );
    await until('under way', 5_000, async () => (await agent.stats()).requests === 40);
    agent.signal('SIGTERM');
    await pause(300);
    const late = await call(relay.public, { path: '/late' });
    const outcomes = tally();
    for (const outcome of await Promise.all(under)) outcomes.add(outcome);
    expect(await agent.ended).toBe('0');
    figures['under way'] = outcomes.text();
    figures['after'] = late.name;
    expect(outcomes.count('200')).toBe(40);
    expect(late.name).toBe('502 TUNNEL_OFFLINE');
  },
);

fault(
  {
    id: 'T7',
    fault: 'graceful restart of the relay',
    injectedBy: `SIGTERM at ${RATE} requests a second, then a start on the same data`,
    promise: 'P5: every request that was taken is answered 200, others are refused at the door',
  },
  async (figures) => {
    const relay = await startRelayProcess();
    const agent = await startAgentProcess({ identity: await relay.newDevice() });
    await reach(agent, 'online');
    const load = startLoad(relay.public, RATE, mixed);
    await pause(1_000);
    const old = relay.program();
    old.signal('SIGTERM');
    expect(await old.ended).toBe('0');
    const began = performance.now();
    const program = await relay.start();
    await until('sessions back', 8_000, async () => (await program.stats()).sessions === 2);
    figures['without a tunnel for ms'] = performance.now() - began;
    await pause(500);
    const outcomes = await load.stop();
    figures['load'] = outcomes.text();
    expect(outcomes.lost).toBe(0);
    const refused = outcomes.count('ECONNREFUSED') + outcomes.count('502 TUNNEL_OFFLINE');
    // A kept connection may be closed by the relay while a request is on its way on it: its reset is the refusal.
    const resets = outcomes.count('ECONNRESET');
    expect(outcomes.count('200') + refused + resets).toBe(outcomes.sent);
    expect(resets).toBeLessThan(RATE / 10);
    expect((await call(relay.public, { path: '/after' })).name).toBe('200');
  },
);
