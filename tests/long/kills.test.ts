import { expect, it } from 'vitest';
import { startLoad } from '../faults/support/public.ts';
import { pause, until } from '../faults/support/until.ts';
import { reach, startAgentProcess, startRelayProcess } from '../faults/support/world.ts';

const KILLS = 100;
/** Further kills of the relay under one and the same client. */
const MORE = 3;
const RATE = 50;

it(`${KILLS} kill -9s of tunnel client and relay in turn, under ${RATE} requests a second`, async () => {
  const relay = await startRelayProcess();
  const identity = await relay.newDevice();
  let agent = await startAgentProcess({ identity });
  await reach(agent, 'online');
  const load = startLoad(relay.public, RATE, (index) => ({
    path: index % 5 === 0 ? `/slow?ms=100&n=${index}` : `/${index}`,
    deadlineMs: 20_000,
  }));
  await pause(2_000);
  const relayBefore = await relay.program().stats();
  const agentBefore = await agent.stats();
  const backMs: number[] = [];
  let longest = agent;
  for (let kill = 0; kill < KILLS; kill += 1) {
    await pause(200);
    const began = performance.now();
    if (kill % 2 === 0) {
      await agent.kill();
      agent = await startAgentProcess({ identity });
      longest = agent;
    } else {
      await relay.program().kill();
      await relay.start();
    }
    await until(
      'both sessions',
      20_000,
      async () => (await relay.program().stats()).sessions === 2,
    );
    backMs.push(performance.now() - began);
  }
  // The client that lives now sees a few relays more, for its own sockets and memory. Relays that never hold for 30 s let its
  // waits grow to 30 s.
  for (let round = 0; round < MORE; round += 1) {
    await relay.program().kill();
    await relay.start();
    await until(
      'both sessions',
      45_000,
      async () => (await relay.program().stats()).sessions === 2,
    );
  }
  const outcomes = await load.stop();
  await until('relay sockets', 10_000, async () => {
    return (await relay.program().stats()).sockets <= relayBefore.sockets;
  });
  await until('agent sockets', 10_000, async () => {
    return (await longest.stats()).sockets <= agentBefore.sockets;
  });
  const relayAfter = await relay.program().stats();
  const agentAfter = await longest.stats();
  backMs.sort((a, b) => a - b);
  const at = (share: number): number => Math.round(backMs[Math.floor(backMs.length * share)] ?? 0);
  console.log(
    [
      `${KILLS + MORE} kills; program start and both sessions: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`,
      outcomes.text(),
      `sockets before / after: relay ${relayBefore.sockets} / ${relayAfter.sockets}, agent ${agentBefore.sockets} / ${agentAfter.sockets}`,
      `heap MB before / after: relay ${relayBefore.heapMb.toFixed(1)} / ${relayAfter.heapMb.toFixed(1)}, agent ${agentBefore.heapMb.toFixed(1)} / ${agentAfter.heapMb.toFixed(1)}`,
    ].join('\n'),
  );
  expect(outcomes.lost).toBe(0);
  expect(outcomes.count('200')).toBeGreaterThan(outcomes.sent / 10);
  expect(relayAfter.heapMb).toBeLessThan(relayBefore.heapMb * 1.1 + 3);
  expect(agentAfter.heapMb).toBeLessThan(agentBefore.heapMb * 1.1 + 3);
}, 1_800_000);
