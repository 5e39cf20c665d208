import { expect, it } from 'vitest';
import { startLoad } from '../faults/support/public.ts';
import { pause, until } from '../faults/support/until.ts';
import { reach, startAgentProcess, startRelayProcess } from '../faults/support/world.ts';

const KILLS = 100;
/** Further kills of the relay under one and the same client. */
const MORE = 20;
const RATE = 50;

/** `p50 812 ms, p99 2,040 ms` of milliseconds. */
function spread(times: readonly number[]): string {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share: number): number => Math.round(sorted[Math.floor(sorted.length * share)] ?? 0);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
}

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
  /** From the moment at which both programs ran again to both sessions. */
  const back: Record<'client' | 'relay', number[]> = { client: [], relay: [] };
  const started: number[] = [];
  let longest = agent;
  const bothBack = (): Promise<number> =>
    until('both sessions', 20_000, async () => (await relay.program().stats()).sessions === 2);
  const killRelay = async (): Promise<void> => {
    await relay.program().kill();
    const began = performance.now();
    await relay.start();
    started.push(performance.now() - began);
    back.relay.push(await bothBack());
  };
  for (let kill = 0; kill < KILLS; kill += 1) {
    await pause(200);
    if (kill % 2 === 1) await killRelay();
    else {
      await agent.kill();
      const began = performance.now();
      agent = await startAgentProcess({ identity });
      started.push(performance.now() - began);
      longest = agent;
      back.client.push(await bothBack());
    }
  }
  // The client that lives now sees more relays: its waits must not grow with them, nor its sockets and memory.
  for (let round = 0; round < MORE; round += 1) await killRelay();
  const outcomes = await load.stop();
  await until('relay sockets', 10_000, async () => {
    return (await relay.program().stats()).sockets <= relayBefore.sockets;
  });
  await until('agent sockets', 10_000, async () => {
    return (await longest.stats()).sockets <= agentBefore.sockets;
  });
  const relayAfter = await relay.program().stats();
  const agentAfter = await longest.stats();
  console.log(
    [
      `${KILLS + MORE} kills; from a start to both sessions: client ${spread(back.client)}; relay ${spread(back.relay)}`,
      `the start itself: ${spread(started)}`,
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
