import https from 'node:https';
import { expect } from 'vitest';
import { call, tally, type Call, type Outcome, type Public } from './support/public.ts';
import { fault } from './support/rows.ts';
import { pause, until } from './support/until.ts';
import { liveSessions, startRelayProcess, startTunnel, wayOut } from './support/world.ts';

const RATE = 200;
/** A sender that has two addresses tries each of them twice, as WeCom repeats a callback up to three times. */
const TRIES = 4;

/** Answers that say that this request was not served here; anything else is final. */
const elsewhere = /^(ECONN|EPIPE|broken off|50[23] |lost)/;

interface Dual {
  readonly outcomes: ReturnType<typeof tally>;
  /** Requests whose answer came from each address. */
  readonly served: readonly number[];
  again(): number;
  stop(): Promise<void>;
}

/** `RATE` requests a second to the first address, and to the next where that one does not serve. */
function startDualLoad(addresses: readonly Public[], make: (index: number) => Call): Dual {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 64 });
  const outcomes = tally();
  const served = addresses.map(() => 0);
  const open = new Set<Promise<void>>();
  let again = 0;
  const one = async (index: number): Promise<void> => {
    let outcome: Outcome | null = null;
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const at = attempt % addresses.length;
      const to = addresses[at];
      if (to === undefined) return;
      outcome = await call(to, { agent, ...make(index) });
      if (!elsewhere.test(outcome.name)) {
        served[at] = (served[at] ?? 0) + 1;
        break;
      }
      again += 1;
    }
    if (outcome !== null) outcomes.add(outcome);
  };
  const began = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) / 1_000) * RATE);
    for (; sent < due; sent += 1) {
      const work: Promise<void> = one(sent).finally(() => open.delete(work));
      open.add(work);
    }
  }, 5);
  return {
    outcomes,
    served,
    again: () => again,
    stop: async () => {
      clearInterval(timer);
      while (open.size > 0) await Promise.all(open);
      agent.destroy();
    },
  };
}

fault(
  {
    id: 'T5',
    fault: 'relay A of two killed under load, and back',
    injectedBy: `kill -9 of A at ${RATE} requests a second from a sender that knows both, a start 2 s later`,
    promise:
      'P3: no request is lost; messages leave by B at once, and by A again when it is steady',
  },
  async (figures) => {
    const [a, b] = await Promise.all([startRelayProcess(), startRelayProcess()]);
    const tunnel = startTunnel([await a.newDevice(), await b.newDevice()], {
      timing: { stableAfter: 1_000 },
    });
    await until('four sessions', 10_000, () => liveSessions(tunnel) === 4);
    await until('way out by A', 5_000, () => wayOut(tunnel) === 0);
    const load = startDualLoad([a.public, b.public], (index) => ({
      path: index % 10 === 0 ? `/slow?ms=200&n=${index}` : '/up',
      body: Buffer.from(`body ${index}`),
      deadlineMs: 10_000,
    }));
    await pause(1_500);
    await a.program().kill();
    figures['way out by B after ms'] = await until('B', 1_000, () => wayOut(tunnel) === 1);
    await pause(2_000);
    const before = load.served[0] ?? 0;
    await a.start();
    figures['A back after ms'] = await until('A', 5_000, () => liveSessions(tunnel) === 4);
    figures['way out by A after ms'] = await until('steady', 5_000, () => wayOut(tunnel) === 0);
    await pause(1_000);
    await load.stop();
    figures['load'] = load.outcomes.text();
    figures['served by A before / B / A after'] =
      `${before} / ${load.served[1]} / ${(load.served[0] ?? 0) - before}`;
    figures['sent again'] = load.again();
    expect(load.outcomes.count('200')).toBe(load.outcomes.sent);
    expect(load.served[1]).toBeGreaterThan(RATE);
    expect((load.served[0] ?? 0) - before).toBeGreaterThan(RATE / 2);
  },
);
