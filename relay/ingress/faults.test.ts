import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { connect as connectH2, constants } from 'node:http2';
import https from 'node:https';
import { afterEach, describe, expect, it } from 'vitest';
import { openLine } from '../testing/line.ts';
import { bothVersions, h1, h2 } from '../testing/public.ts';
import { startRelay, type TestRelay } from '../testing/relay.ts';
import type { IngressLimits } from './limits.ts';

const BROKEN = /aborted|hang up|ECONNRESET|INTERNAL_ERROR/i;
const impatient: Partial<IngressLimits> = { callbackAnswerMs: 150, answerMs: 200 };

let to: TestRelay;
const start = async (limits: Partial<IngressLimits> = {}): Promise<TestRelay> => {
  to = await startRelay({ limits });
  return to;
};
afterEach(async () => {
  await to.close();
});

async function metric(name: string): Promise<string> {
  const text = await (await fetch(`${to.relay.addresses.admin}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith(name))
    .join('\n');
}

/** Unlike `once`, does not mind an error on the way. */
const closeOf = (stream: ServerHttp2Stream): Promise<unknown> =>
  new Promise((resolve) => {
    stream.once('close', resolve);
  });

const silent = (): void => undefined;
const ok = (stream: ServerHttp2Stream): void => {
  stream.respond({ ':status': 200 });
  stream.end('ok');
};

describe.each(bothVersions)('without a session, over %s', (_version, call) => {
  it('answers 502 TUNNEL_OFFLINE, but breaks the connection of a callback', async () => {
    await start();
    const { status, headers } = await call(to, { path: '/any' });
    expect(status).toBe(502);
    expect(headers['x-causeway-error']).toBe('TUNNEL_OFFLINE');
    const verification = await call(to, { path: '/wecom/callback?echostr=1' });
    expect(verification.status).toBe(502);
    await expect(call(to, { path: '/wecom/callback/bot', body: '<xml/>' })).rejects.toThrow(BROKEN);
    expect(await metric('relay_dropped_total')).toContain('{reason="tunnel_offline"} 1');
  });
});

describe.each(bothVersions)('deadlines over %s', (_version, call) => {
  it('answers 504 ANSWER_TIMEOUT, but breaks the connection of a callback', async () => {
    await start(impatient);
    const cancelled: number[] = [];
    await to.connect({
      onStream: (stream) => stream.once('close', () => cancelled.push(stream.rstCode)),
    });
    const { status, headers } = await call(to, { path: '/slow' });
    expect(status).toBe(504);
    expect(headers['x-causeway-error']).toBe('ANSWER_TIMEOUT');
    expect((await call(to, { path: '/wecom/callback' })).status).toBe(504);
    await expect(call(to, { path: '/wecom/callback', body: 'x' })).rejects.toThrow(BROKEN);
    expect(cancelled.slice(0, 2)).toEqual([constants.NGHTTP2_CANCEL, constants.NGHTTP2_CANCEL]);
  });
});

it('does not mistake another path for a callback', async () => {
  await start();
  const { status } = await h1(to, { path: '/wecom/callbacks', body: 'x' });
  expect(status).toBe(502);
});

describe('an agent that is lost in the middle', () => {
  /** A peer whose sessions die on the first request; the second answers. */
  const dieOnce = (): {
    seen: IncomingHttpHeaders[];
    onStream: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;
  } => {
    const seen: IncomingHttpHeaders[] = [];
    return {
      seen,
      onStream: (stream, headers) => {
        seen.push(headers);
        if (seen.length === 1) stream.session?.destroy();
        else if (headers[':method'] === 'GET') ok(stream);
        else {
          stream.respond({ ':status': 200 });
          stream.pipe(stream);
        }
      },
    };
  };

  it('repeats a GET on the other session', async () => {
    await start();
    const { seen, onStream } = dieOnce();
    await to.connect({ onStream, sessions: 2 });
    expect((await h1(to, { path: '/' })).body.toString()).toBe('ok');
    expect(seen).toHaveLength(2);
    expect(seen[0]?.['x-causeway-trace']).toBe(seen[1]?.['x-causeway-trace']);
  });

  it('repeats a callback with its body', async () => {
    await start();
    const { seen, onStream } = dieOnce();
    await to.connect({ onStream, sessions: 2 });
    const { body } = await h2(to, {
      path: '/wecom/callback',
      body: '<xml>1</xml>',
      headers: { 'content-length': '12' },
    });
    expect(body.toString()).toBe('<xml>1</xml>');
    expect(seen).toHaveLength(2);
    expect(await metric('relay_retried_total')).toContain(' 1');
  });

  it('does not repeat a POST that may have done its work', async () => {
    await start();
    const { seen, onStream } = dieOnce();
    await to.connect({ onStream, sessions: 2 });
    const { status, headers } = await h1(to, { path: '/api/pay', body: 'once' });
    expect(status).toBe(502);
    expect(headers['x-causeway-error']).toBe('AGENT_LOST');
    expect(seen).toHaveLength(1);
  });

  it('repeats what the agent refused unseen, whatever the method', async () => {
    await start();
    let count = 0;
    await to.connect({
      sessions: 2,
      onStream: (stream) => {
        count += 1;
        if (count === 1) stream.close(constants.NGHTTP2_REFUSED_STREAM);
        else ok(stream);
      },
    });
    expect((await h1(to, { path: '/api/pay', body: 'once' })).status).toBe(200);
  });

  it('breaks the connection of a callback that has no second session', async () => {
    await start();
    await to.connect({ onStream: dieOnce().onStream });
    await expect(h1(to, { path: '/wecom/callback', body: 'x' })).rejects.toThrow(BROKEN);
    expect(await metric('relay_dropped_total')).toContain('{reason="agent_lost"} 1');
  });

  it('finds a frozen session by a probe and goes round it', async () => {
    await start({
      probeAfterMs: 50,
      probeDeadlineMs: 50,
      answerMs: 10_000,
      callbackAnswerMs: 10_000,
    });
    const line = await openLine(to.relay.addresses.control);
    const frozen = await to.connect({ onStream: silent, port: line.port });
    await to.connect({ onStream: ok });
    line.freeze();
    expect((await h1(to, { path: '/' })).body.toString()).toBe('ok');
    expect(await metric('relay_session_ends_total')).toContain('{reason="unanswered"} 1');
    frozen.close();
    await line.close();
  });
});

it('cancels inside when the client leaves', async () => {
  await start();
  const arrived = Promise.withResolvers<ServerHttp2Stream>();
  await to.connect({ onStream: (stream) => arrived.resolve(stream) });
  const request = https.get({
    host: '127.0.0.1',
    port: to.publicPort,
    ca: to.publicCa,
    servername: 'bot.test',
    headers: { host: 'bot.test' },
    agent: false,
  });
  request.on('error', silent);
  const stream = await arrived.promise;
  request.destroy();
  await closeOf(stream);
  expect(stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
});

it('breaks an upload off inside when the client leaves in the middle of it', async () => {
  await start();
  const arrived = Promise.withResolvers<ServerHttp2Stream>();
  let ended = false;
  await to.connect({
    onStream: (stream) => {
      stream.once('end', () => {
        ended = stream.rstCode === constants.NGHTTP2_NO_ERROR;
      });
      stream.once('data', () => arrived.resolve(stream));
    },
  });
  const session = connectH2(`https://127.0.0.1:${to.publicPort}`, {
    ca: to.publicCa,
    servername: 'bot.test',
  });
  session.on('error', silent);
  const request = session.request({ ':method': 'POST', ':path': '/', ':authority': 'bot.test' });
  request.on('error', silent);
  request.write('the first part');
  const stream = await arrived.promise;
  session.destroy();
  await closeOf(stream);
  expect(stream.rstCode).not.toBe(constants.NGHTTP2_NO_ERROR);
  expect(ended).toBe(false);
});

it('spreads requests over the sessions', async () => {
  await start();
  const used = new Set<unknown>();
  const waiting: ServerHttp2Stream[] = [];
  const both = Promise.withResolvers<void>();
  await to.connect({
    sessions: 2,
    onStream: (stream) => {
      used.add(stream.session);
      waiting.push(stream);
      if (waiting.length === 2) both.resolve();
    },
  });
  const calls = [h1(to, { path: '/1' }), h2(to, { path: '/2' })];
  await both.promise;
  for (const stream of waiting) ok(stream);
  await Promise.all(calls);
  expect(used.size).toBe(2);
});
