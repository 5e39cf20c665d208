import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../common/domain/log.ts';
import type { TunnelHold } from '../../common/domain/relay/tunnel-rules.ts';
import { h1, h2, type PublicAnswer } from '../testing/public.ts';
import { startRelay, type TestRelay } from '../testing/relay.ts';
import { signedCall, type SignedCall } from '../testing/wecom.ts';
import { createMetrics } from '../metrics.ts';
import { openSpool } from './spool.ts';

const token = 'QDG6eK';
const path = '/wecom/callback/desk';
const hold: TunnelHold = { enabled: true, maxAgeMs: 600_000, maxBytes: 1024 * 1024 };
let to: TestRelay;
let skew = 0;

beforeEach(async () => {
  skew = 0;
  to = await startRelay({}, { now: () => Date.now() + skew });
  to.relay.rules.setGate('acme', { path, token });
  to.relay.rules.setHold('acme', hold);
});
afterEach(async () => {
  await to.close();
});

interface Taken {
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

/** A client whose gateway notes what it gets, and answers as `answer` says. */
async function connect(
  taken: Taken[],
  answer: (stream: ServerHttp2Stream, body: string) => void = (stream) => {
    stream.respond({ ':status': 200 });
    stream.end('<xml>a reply that nobody waits for</xml>');
  },
): Promise<{ close: () => void }> {
  return to.connect({
    onStream: (stream, headers) => {
      let body = '';
      stream.setEncoding('utf8');
      stream.on('error', () => undefined);
      stream.on('data', (chunk: string) => (body += chunk));
      stream.on('end', () => {
        taken.push({ body, headers });
        answer(stream, body);
      });
    },
  });
}

const outcome = async (call: SignedCall, by = h1): Promise<number | 'broken'> =>
  by(to, call).then(
    ({ status }: PublicAnswer) => status,
    () => 'broken' as const,
  );
const make = (count: number): SignedCall[] =>
  Array.from({ length: count }, () => signedCall({ token, path }));
const bodies = (calls: readonly { body: string }[]): string[] => calls.map(({ body }) => body);
const held = (): number => to.relay.held()['acme']?.rows ?? 0;

async function results(): Promise<Record<string, number>> {
  const text = await (await fetch(`${to.relay.addresses.admin}/metrics`)).text();
  const found = text.matchAll(/^relay_hold_total\{result="(\w+)"\} (\d+)/gm);
  return Object.fromEntries([...found].map(([, name, count]) => [name, Number(count)]));
}

describe('while no client is connected', () => {
  it('holds 100 callbacks and delivers each once, in order, when one is back', async () => {
    const calls = make(100);
    for (const call of calls) expect(await outcome(call)).toBe(200);
    expect(held()).toBe(100);
    const before = Date.now();
    const taken: Taken[] = [];
    await connect(taken);
    await expect.poll(held).toBe(0);
    expect(bodies(taken)).toEqual(bodies(calls));
    for (const { headers } of taken) {
      expect(Number(headers['x-causeway-held-since'])).toBeLessThanOrEqual(before);
      expect(headers[':path']).toMatch(/^\/wecom\/callback\/desk\?msg_signature=/);
      expect(headers['content-type']).toBe('text/xml');
    }
    expect(await results()).toEqual({ stored: 100, delivered: 100 });
  });

  it('answers with an empty 200, over HTTP/2 too, and is visible', async () => {
    const [call] = make(1);
    const answer = await h2(to, call!);
    expect([answer.status, answer.body.length, answer.headers['x-causeway-source']]).toEqual([
      200,
      0,
      'relay',
    ]);
    const text = await (await fetch(`${to.relay.addresses.admin}/metrics`)).text();
    expect(text).toContain('relay_held_callbacks{tunnel="acme"} 1');
    expect(text).toMatch(/relay_held_bytes\{tunnel="acme"\} [1-9]\d\d/);
  });

  it('keeps repetitions once', async () => {
    const [call] = make(1);
    expect(await outcome(call!)).toBe(200);
    expect(await outcome(call!)).toBe(200);
    // Signed anew, as a sender that signs each try does.
    const encrypt = /CDATA\[([^\]]{40,})/.exec(call!.body)?.[1] ?? '';
    const again = signedCall({ token, path, encrypt });
    expect(again.path).not.toBe(call!.path);
    expect(await outcome(again)).toBe(200);
    expect(held()).toBe(1);
    expect(await results()).toEqual({ stored: 1, duplicate: 2 });
  });

  it('holds nothing that is not signed, not a callback, or not wanted', async () => {
    expect(await outcome(signedCall({ token: 'forged', path }))).toBe(403);
    expect(await outcome(signedCall({ token, path: '/wecom/callback/ungated' }))).toBe('broken');
    expect((await h1(to, { path: '/other', body: 'x' })).status).toBe(502);
    to.relay.rules.setHold('acme', { ...hold, enabled: false });
    expect(await outcome(make(1)[0]!)).toBe('broken');
    expect(held()).toBe(0);
  });

  it('breaks the connection when it is full, and keeps what it has', async () => {
    to.relay.rules.setHold('acme', { ...hold, maxBytes: 64 * 1024 });
    const encrypt = (): string => Buffer.alloc(15_000, Math.random().toString()).toString('base64');
    const calls = Array.from({ length: 5 }, () => signedCall({ token, path, encrypt: encrypt() }));
    const outcomes = [];
    for (const call of calls) outcomes.push(await outcome(call));
    expect(outcomes).toEqual([200, 200, 200, 'broken', 'broken']);
    const taken: Taken[] = [];
    await connect(taken);
    await expect.poll(held).toBe(0);
    expect(bodies(taken)).toEqual(bodies(calls.slice(0, 3)));
  });

  it('drops what was not fetched in time, and counts it', async () => {
    expect(await outcome(make(1)[0]!)).toBe(200);
    skew = hold.maxAgeMs + 1;
    await expect.poll(held).toBe(0);
    expect(await results()).toEqual({ stored: 1, expired: 1 });
  });

  it('has it still after a restart, and not for a tunnel that is gone', async () => {
    expect(await outcome(make(1)[0]!)).toBe(200);
    const { dataDir } = to;
    await to.relay.close(0);
    const again = await startRelay({}, { dataDir });
    expect(again.relay.held()).toEqual({ acme: { rows: 1, bytes: expect.any(Number) as number } });
    await again.relay.close(0);
    const log = silentLogger;
    const metrics = createMetrics({ sessions: () => [] });
    const rulesOf = (): null => null;
    const none = { pick: () => null, probe: () => undefined };
    const spool = openSpool({ dataDir, rulesOf, ...none, metrics, log, now: Date.now });
    expect(spool.tunnels()).toEqual([]);
    await spool.close();
    await again.close();
  });
});

describe('while a client is connected', () => {
  it('holds a callback whose links all die under it', async () => {
    const calls = make(3);
    const peer = await connect([], () => undefined);
    const waiting = calls.map((call) => outcome(call));
    await expect.poll(() => to.relay.traffic.recent().length).toBe(0);
    await expect.poll(async () => (await sessionsInFlight()) === 3).toBe(true);
    peer.close();
    expect(await Promise.all(waiting)).toEqual([200, 200, 200]);
    const taken: Taken[] = [];
    await connect(taken);
    await expect.poll(held).toBe(0);
    expect(bodies(taken).sort()).toEqual(bodies(calls).sort());
  });

  it('holds what the gateway does not answer in time: no 200 before that', async () => {
    await to.close();
    to = await startRelay({ limits: { callbackAnswerMs: 300 } });
    to.relay.rules.setGate('acme', { path, token });
    await connect([], () => undefined);
    const [unheld, call] = make(2);
    expect(await outcome(unheld!)).toBe('broken');
    to.relay.rules.setHold('acme', hold);
    expect(await outcome(call!)).toBe(200);
    expect(held()).toBe(1);
    await expect
      .poll(() => to.relay.traffic.recent()[0])
      .toMatchObject({ status: 200, source: 'relay' });
  });

  it('leaves to WeCom what the gateway breaks off', async () => {
    await connect([], (stream) => stream.close(2));
    expect(await outcome(make(1)[0]!)).toBe('broken');
    expect(held()).toBe(0);
  });

  it('lets fresh callbacks queue up behind what is held', async () => {
    const calls = make(6);
    for (const call of calls.slice(0, 3)) expect(await outcome(call)).toBe(200);
    const taken: Taken[] = [];
    const gates: (() => void)[] = [];
    await connect(taken, (stream) => {
      gates.push(() => {
        stream.respond({ ':status': 200 });
        stream.end();
      });
    });
    await expect.poll(() => gates.length).toBe(1);
    for (const call of calls.slice(3)) expect(await outcome(call)).toBe(200);
    for (let at = 0; at < 6; at += 1) {
      await expect.poll(() => gates.length).toBeGreaterThan(at);
      gates[at]?.();
    }
    await expect.poll(held).toBe(0);
    expect(bodies(taken)).toEqual(bodies(calls));
  });

  it('has several under way, so that a long line is emptied faster than it fills', async () => {
    const calls = make(150);
    for (const call of calls) expect(await outcome(call)).toBe(200);
    const taken: Taken[] = [];
    const unanswered: (() => void)[] = [];
    let most = 0;
    await connect(taken, (stream) => {
      unanswered.push(() => {
        stream.respond({ ':status': 200 });
        stream.end();
      });
      most = Math.max(most, unanswered.length);
    });
    const round = setInterval(() => {
      for (const answer of unanswered.splice(0)) answer();
    }, 20);
    await expect.poll(held).toBe(0);
    clearInterval(round);
    expect(most).toBeGreaterThan(8);
    expect(most).toBeLessThanOrEqual(64);
    expect(bodies(taken)).toEqual(bodies(calls));
  });

  it('sends one alone again after one was broken off, and loses none', async () => {
    const calls = make(40);
    for (const call of calls) expect(await outcome(call)).toBe(200);
    const taken: Taken[] = [];
    const bad = calls[10]?.body;
    await connect(taken, (stream, body) => {
      const tries = taken.filter((one) => one.body === body).length;
      if (body === bad && tries <= 2) stream.close(2);
      else stream.respond({ ':status': 200 }, { endStream: true });
    });
    await expect.poll(held).toBe(0);
    expect(await results()).toEqual({ stored: 40, delivered: 40 });
    const got = bodies(taken);
    expect(new Set(got)).toEqual(new Set(bodies(calls)));
    expect(got).toHaveLength(42);
    // Whatever was under way with it has arrived; behind it nothing new goes before it.
    const last = got.lastIndexOf(bad ?? '');
    const under = got.indexOf(bad ?? '', 11);
    expect(got.slice(under, last).filter((body) => body !== bad)).toEqual([]);
  });

  it('tries again what the gateway could not take, and drops what it refuses', async () => {
    const [first, second] = make(2);
    for (const call of [first!, second!]) expect(await outcome(call)).toBe(200);
    const taken: Taken[] = [];
    await connect(taken, (stream, body) => {
      const tries = taken.filter((one) => one.body === body).length;
      if (body === first?.body && tries === 1) stream.close(2);
      else if (body === second?.body) stream.respond({ ':status': 403 }, { endStream: true });
      else stream.respond({ ':status': 200 }, { endStream: true });
    });
    await expect.poll(held).toBe(0);
    expect(bodies(taken)).toEqual([first?.body, first?.body, second?.body]);
    expect(await results()).toEqual({ stored: 2, delivered: 1, refused: 1 });
  });
});

async function sessionsInFlight(): Promise<number> {
  const text = await (await fetch(`${to.relay.addresses.admin}/metrics`)).text();
  return Number(/^relay_requests_in_flight\{tunnel="acme"\} (\d+)/m.exec(text)?.[1] ?? 0);
}
