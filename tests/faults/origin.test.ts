import { expect } from 'vitest';
import { startGateway } from '../../gateway/testing/harness.ts';
import { startFaulty, type Behaviour } from '../../gateway/testing/pool.ts';
import { appBot, newKeys, signCallback, textMessage } from '../../gateway/testing/wecom-client.ts';
import type { Gateway } from '../../gateway/types.ts';
import { call, tally, type Call } from './support/public.ts';
import { fault } from './support/rows.ts';
import { until } from './support/until.ts';
import { bothSessions, startAgent, startRelay, type LocalRelay } from './support/world.ts';

fault(
  {
    id: 'T8',
    fault: 'origin hangs, resets, breaks off in the middle of a body',
    injectedBy: 'misbehaving origin, 10 requests each over HTTP/1.1',
    promise: 'P6: a definite answer with a code; a broken body is never taken for a whole one',
  },
  async (figures) => {
    const relay = await startRelay({ limits: { answerMs: 2_000 } });
    const agent = startAgent(await relay.newDevice());
    await bothSessions(agent);
    const ten = (path: string, body?: Buffer) =>
      Promise.all(
        Array.from({ length: 10 }, () =>
          call(relay.public, { path, ...(body === undefined ? {} : { body }), deadlineMs: 10_000 }),
        ),
      );
    const expectAll = async (path: string, name: string | RegExp, body?: Buffer) => {
      const outcomes = await ten(path, body);
      const names = new Set(outcomes.map((outcome) => outcome.name));
      figures[path] = `10 × ${[...names].join(' / ')}`;
      for (const outcome of outcomes) expect(outcome.name).toMatch(name);
      return outcomes;
    };
    const hung = await expectAll('/hang', '504 ANSWER_TIMEOUT');
    for (const { source } of hung) expect(source).toBe('relay');
    await expectAll('/reset', '502 AGENT_LOST');
    const cut = await expectAll('/cut?bytes=100000', /^(ECONNRESET|broken off)$/);
    for (const { bytes } of cut) expect(bytes).toBeLessThan(100_000);
    // WeCom repeats a callback only where its connection broke.
    const callbacks = await expectAll('/wecom/callback/hang', 'ECONNRESET', Buffer.from('<xml/>'));
    for (const { ms } of callbacks) expect(ms).toBeLessThan(5_000);
    expect((await call(relay.public, { path: '/after' })).name).toBe('200');
  },
);

const WHOLE = 100_000;
/** Half of a body, then the end of the connection: a length that is not kept, and a chunked body without its last chunk. */
const cut =
  (chunked: boolean): Behaviour =>
  (response) => {
    response.writeHead(200, chunked ? {} : { 'content-length': String(WHOLE) });
    response.write(Buffer.alloc(WHOLE / 2), () => response.socket?.resetAndDestroy());
  };

const modes: Record<string, Behaviour> = {
  refuses: 'refuse',
  hangs: 'hang',
  resets: 'reset',
  'breaks off': cut(false),
  'breaks off, chunked': cut(true),
};

async function connected(relay: LocalRelay, gateway: Gateway): Promise<void> {
  await bothSessions(startAgent(await relay.newDevice(), { handleStream: gateway.handleStream }));
  await until('sessions', 5_000, () => relay.sessions() === 2);
}

async function ten(relay: LocalRelay, make: (index: number) => Call) {
  const outcomes = tally();
  const all = await Promise.all(
    Array.from({ length: 10 }, (_, index) => call(relay.public, make(index))),
  );
  for (const outcome of all) outcomes.add(outcome);
  return { outcomes, all };
}

const expected: Record<string, RegExp> = {
  refuses: /^502 TARGET_UNREACHABLE$/,
  hangs: /^504 TARGET_TIMEOUT$/,
  resets: /^502 TARGET_UNREACHABLE$/,
  'breaks off': /^(ECONNRESET|broken off)$/,
  'breaks off, chunked': /^(ECONNRESET|broken off)$/,
};

fault(
  {
    id: 'T8',
    fault: 'published service refuses, hangs, resets, breaks off in the middle of a body',
    injectedBy: 'misbehaving HTTP service behind the real gateway, 10 requests each',
    promise:
      'P6: a definite answer of the agent with a code; a broken body is never taken for a whole one',
  },
  async (figures) => {
    const relay = await startRelay();
    const targets = [];
    const services = [];
    for (const [index, behaviour] of [...Object.values(modes), 'ok' as const].entries()) {
      const { port } = await startFaulty(behaviour);
      const id = `t${index}`;
      targets.push({ id, url: `http://127.0.0.1:${port}` });
      services.push({
        id,
        host: null,
        path: `/${id}`,
        stripPath: true,
        targets: [{ id }],
        balance: 'round_robin' as const,
        timeoutMs: 1_000,
      });
    }
    await connected(relay, await startGateway({ targets, services }));
    for (const [index, name] of Object.keys(modes).entries()) {
      const { outcomes, all } = await ten(relay, (n) => ({ path: `/t${index}/${n}` }));
      figures[name] = outcomes.text();
      for (const outcome of all) {
        expect(outcome.name).toMatch(expected[name] ?? /^$/);
        expect(outcome.bytes).toBeLessThan(WHOLE);
        expect(['agent', 'origin']).toContain(outcome.source);
      }
    }
    const sound = `/t${Object.keys(modes).length}/`;
    expect((await call(relay.public, { path: sound })).name).toBe('204');
  },
);

/** WeCom's patience. */
const WECOM_MS = 5_000;

fault(
  {
    id: 'T8',
    fault: 'target of a bot refuses, hangs, resets, breaks off its reply, then works',
    injectedBy: 'misbehaving HTTP service behind the real gateway, 10 signed callbacks each',
    promise:
      'P6: each callback is answered 200 within 4.5 s, and its message delivered once the target works',
  },
  async (figures) => {
    const held = Object.entries(modes).map(async ([name, behaviour]) => {
      const relay = await startRelay();
      const service = await startFaulty(behaviour);
      const keys = newKeys('ww1');
      const gateway = await startGateway({
        bots: [appBot(keys, { target: 'svc' })],
        targets: [{ id: 'svc', url: service.url, timeoutMs: 1_000 }],
      });
      await connected(relay, gateway);
      const { outcomes } = await ten(relay, (n) => {
        const plaintext = textMessage(`${name} ${n}`, { from: `user${n}` });
        const { target, body } = signCallback(keys, { path: '/wecom/callback/app', plaintext });
        return { path: target, body: Buffer.from(body) };
      });
      expect(outcomes.count('200')).toBe(10);
      expect(outcomes.slowestMs).toBeLessThan(WECOM_MS);
      await service.behave('ok');
      const rows = () => gateway.listMessages({ limit: 200 }).rows;
      const ms = await until('delivered', 40_000, () =>
        rows().every(({ outcome }) => outcome === 'accepted'),
      );
      expect(rows()).toHaveLength(10);
      figures[name] =
        `10 × 200 in ${Math.round(outcomes.slowestMs)} ms at most, delivered ${Math.round(ms)} ms later`;
    });
    await Promise.all(held);
  },
);
