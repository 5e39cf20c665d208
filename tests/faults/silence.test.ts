import { expect } from 'vitest';
import { openNamespace } from './support/netns.ts';
import { call } from './support/public.ts';
import { fault, LEFT_OUT, sideBySide, type Figures } from './support/rows.ts';
import { pause, until } from './support/until.ts';
import { openWire } from './support/wire.ts';
import {
  bothSessions,
  liveSessions,
  reach,
  startAgent,
  startAgentProcess,
  startRelay,
  startRelayProcess,
  startTunnel,
  through,
  wayOut,
} from './support/world.ts';

/** P1's 40 s. */
const IDLE_NOTICE_MS = 40_000;
/** P1's 3 s. */
const WAITING_NOTICE_MS = 3_000;

fault(
  {
    id: 'T3',
    fault: 'network gone, nothing closed, while a request waits',
    injectedBy: 'network namespace, iptables DROP both ways',
    promise: 'P1: noticed within 3 s, both ends free their state, back by itself',
  },
  async (figures) => {
    const namespace = await openNamespace();
    if (namespace === null) {
      figures[LEFT_OUT] = 'no network namespaces here; T4 shows the same on a user-land wire';
      return;
    }
    const relay = await startRelayProcess({ host: namespace.address });
    const agent = await startAgentProcess(
      { identity: await relay.newDevice(), timing: { pingDeadline: 1_500 } },
      namespace.before,
    );
    await until('sessions', 10_000, async () => (await relay.program().stats()).sessions === 2);
    expect((await call(relay.public, { path: '/before' })).name).toBe('200');
    await namespace.rule('INPUT', '-j', 'DROP');
    await namespace.rule('OUTPUT', '-j', 'DROP');
    const outcome = await call(relay.public, { path: '/during' });
    figures['request'] = `${outcome.name} after ${Math.round(outcome.ms)} ms`;
    expect(outcome.name).toBe('502 AGENT_LOST');
    expect(outcome.ms).toBeLessThan(WAITING_NOTICE_MS);
    const second = await call(relay.public, { path: '/second' });
    figures['second'] = `${second.name} after ${Math.round(second.ms)} ms`;
    await until('relay freed', 5_000, async () => (await relay.program().stats()).sessions === 0);
    await namespace.clear();
    figures['back after ms'] = await until(
      'back',
      45_000,
      async () => (await relay.program().stats()).sessions === 2,
    );
    expect((await call(relay.public, { path: '/after' })).body).toBe('GET /after');
    expect(agent.state()?.phase).toBe('online');
  },
  80_000,
);

for (const [name, mode] of [
  ['both ways', 'blackhole'],
  ['relay → agent', 'blackhole-back'],
  ['agent → relay', 'blackhole-towards'],
] as const) {
  fault(
    {
      id: 'T4',
      fault: `wire goes silent ${name} while a request waits`,
      injectedBy: `user-land wire, ${mode}`,
      promise: 'P1: noticed within 3 s, the request has its answer, back after the wire',
    },
    async (figures) => {
      const relay = await startRelay();
      const wire = await openWire(relay.controlPort);
      const agent = startAgent(through(await relay.newDevice(), wire.port), {
        timing: { dial: 2_000 },
      });
      await bothSessions(agent);
      await until('sessions', 5_000, () => relay.sessions() === 2);
      wire.mode(mode);
      const post = call(relay.public, { path: '/waiting', body: Buffer.from('x') });
      const answers = await Promise.all([post, call(relay.public, { path: '/waiting' })]);
      figures['answers'] = answers
        .map(({ name, ms }) => `${name} ${Math.round(ms)} ms`)
        .join(' / ');
      for (const { name } of answers) expect(name).toMatch(/^502 (AGENT_LOST|TUNNEL_OFFLINE)$/);
      expect(answers[0].ms).toBeLessThan(WAITING_NOTICE_MS);
      await until('relay freed', 5_000, () => relay.sessions() === 0);
      agent.tunnel.wake();
      figures['agent after wake ms'] = await until(
        'agent noticed',
        3_000,
        () => agent.state().phase !== 'online',
      );
      wire.mode('pass');
      figures['back ms'] = await agent.reach('online', 15_000);
      expect((await call(relay.public, { path: '/after' })).name).toBe('200');
      await wire.close();
    },
  );
}

fault(
  {
    id: 'T5',
    fault: 'relay frozen',
    injectedBy: 'SIGSTOP of the relay, a wake-up of the agent',
    promise: 'P1: the agent notices within 3 s and is back when the relay is',
  },
  async (figures) => {
    const relay = await startRelayProcess();
    const agent = startAgent(await relay.newDevice(), { timing: { dial: 2_000 } });
    await bothSessions(agent);
    relay.program().signal('SIGSTOP');
    agent.tunnel.wake();
    figures['noticed ms'] = await until('noticed', 3_000, () => agent.state().phase !== 'online');
    relay.program().signal('SIGCONT');
    figures['back ms'] = await agent.reach('online', 15_000);
    expect((await call(relay.public, { path: '/after' })).name).toBe('200');
  },
);

fault(
  {
    id: 'T15',
    fault: 'sleep and resume of the on-prem machine',
    injectedBy: 'SIGSTOP of the agent for 6 s with its connections cut meanwhile, SIGCONT',
    promise: 'P1: back within 3 s of waking, with one registration',
  },
  async (figures) => {
    const relay = await startRelay();
    const wire = await openWire(relay.controlPort);
    const agent = await startAgentProcess({
      identity: through(await relay.newDevice(), wire.port),
    });
    await until('sessions', 10_000, () => relay.sessions() === 2);
    const before = (await agent.stats()).reconnects;
    agent.signal('SIGSTOP');
    // The network of after the sleep: the old connections lead nowhere, new ones pass.
    wire.forget();
    await pause(6_000);
    const fresh = await call(relay.public, { path: '/asleep' });
    figures['asleep'] = `${fresh.name} after ${Math.round(fresh.ms)} ms`;
    expect(fresh.name).toBe('502 AGENT_LOST');
    await until('relay freed', 5_000, () => relay.sessions() === 0);
    agent.signal('SIGCONT');
    figures['back ms'] = await until('back', 3_000, () => relay.sessions() === 2);
    await reach(agent, 'online');
    figures['registrations'] = (await agent.stats()).reconnects - before;
    expect(figures['registrations']).toBe(1);
    expect((await call(relay.public, { path: '/after' })).name).toBe('200');
    await wire.close();
  },
);

async function goesSilent(figures: Figures): Promise<void> {
  const relay = await startRelay();
  const wire = await openWire(relay.controlPort);
  const oneWay = await openWire(relay.controlPort);
  const silent = startAgent(through(await relay.newDevice(), wire.port));
  const deaf = startAgent(through(await relay.newDevice(), oneWay.port));
  await Promise.all([bothSessions(silent), bothSessions(deaf)]);
  await until('sessions', 5_000, () => relay.sessions() === 4);
  wire.mode('blackhole');
  oneWay.mode('blackhole-back');
  const agents = [silent, deaf].map(({ tunnel }) =>
    until('agent noticed', IDLE_NOTICE_MS, () => tunnel.view().state.phase !== 'online'),
  );
  const freed = until('relay freed', IDLE_NOTICE_MS, () => relay.sessions() === 0);
  const [both, back] = await Promise.all(agents);
  figures['agent ms'] = both ?? 0;
  figures['agent, only relay → agent lost, ms'] = back ?? 0;
  figures['relay freed all, ms'] = await freed;
  wire.mode('pass');
  oneWay.mode('pass');
  await Promise.all([silent.reach('online', 15_000), deaf.reach('online', 15_000)]);
  await Promise.all([wire.close(), oneWay.close()]);
}

async function isForgotten(figures: Figures): Promise<void> {
  const relay = await startRelay();
  const wire = await openWire(relay.controlPort);
  wire.forgetIdleAfter(40_000);
  const agent = startAgent(through(await relay.newDevice(), wire.port));
  await bothSessions(agent);
  await until('sessions', 5_000, () => relay.sessions() === 2);
  await pause(45_000);
  const outcome = await call(relay.public, { path: '/first' });
  figures['first answer ms'] = outcome.ms;
  figures['reconnects'] = agent.tunnel.stats().reconnects;
  expect(outcome.name).toBe('200');
  expect(outcome.ms).toBeLessThan(1_000);
  expect(agent.tunnel.stats().reconnects).toBe(0);
  await wire.close();
}

/** Health checks of 10 s, at most three of them (P3). */
const SWITCH_MS = 30_000;
/** WeCom's patience with one address of a callback. */
const WECOM_MS = 5_000;

async function isFrozen(figures: Figures): Promise<void> {
  const [a, b] = await Promise.all([startRelayProcess(), startRelayProcess()]);
  const [first, second] = [await a.newDevice(), await b.newDevice()];
  const tunnel = startTunnel([first]);
  await until('way out by A', 10_000, () => wayOut(tunnel) === 0 && liveSessions(tunnel) === 2);
  tunnel.setIdentities([first, second]);
  await until('four sessions', 10_000, () => liveSessions(tunnel) === 4);
  a.program().signal('SIGSTOP');
  const switched = until('way out by B', SWITCH_MS, () => wayOut(tunnel) === 1);
  const callback = { path: '/wecom/callback/x', body: Buffer.from('<xml/>') };
  const atA = await call(a.public, { ...callback, deadlineMs: WECOM_MS });
  const atB = await call(b.public, { ...callback, deadlineMs: WECOM_MS });
  figures['callback at A, then B'] = `${atA.name}, ${atB.name} in ${Math.round(atB.ms)} ms`;
  expect([atA.name, atB.name]).toEqual(['lost', '200']);
  figures['way out by B after ms'] = await switched;
  a.program().signal('SIGCONT');
  figures['A back ms'] = await until('A back', 15_000, () => liveSessions(tunnel) === 4);
  expect((await call(a.public, { path: '/after' })).name).toBe('200');
}

sideBySide(
  'T3, T5 and T22 with the shipped times, side by side',
  [
    [
      {
        id: 'T3',
        fault: 'wire goes silent, idle',
        injectedBy: 'user-land wire, blackhole both ways and one way',
        promise: 'P1: both ends notice within 40 s with the shipped times',
      },
      goesSilent,
    ],
    [
      {
        id: 'T5',
        fault: 'relay A of two frozen',
        injectedBy: 'SIGSTOP of A for good, a callback to A and then B, as WeCom repeats it',
        promise: 'P3: B answers the callback; messages leave by B within three checks of 10 s',
      },
      isFrozen,
    ],
    [
      {
        id: 'T22',
        fault: 'long idle behind a firewall that forgets idle connections',
        injectedBy: 'user-land wire that forgets after 40 s without a byte, 45 s idle',
        promise: 'P12: the first request after it is answered within 1 s, without a reconnect',
      },
      isForgotten,
    ],
  ],
  100_000,
);
