import { expect } from 'vitest';
import { call } from './support/public.ts';
import { fault } from './support/rows.ts';
import { bothSessions, startAgent, startRelay } from './support/world.ts';

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
