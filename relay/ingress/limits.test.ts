import { once } from 'node:events';
import { connect as connectH2, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { closed } from '../../tests/support/closed.ts';
import { bothVersions, h1 } from '../testing/public.ts';
import { startRelay, type TestRelay } from '../testing/relay.ts';
import type { IngressLimits } from './limits.ts';

let to: TestRelay;
let hanging: ServerHttp2Stream[] = [];
let streams = 0;
afterEach(async () => {
  await to.close();
});

async function start(limits: Partial<IngressLimits>): Promise<void> {
  hanging = [];
  streams = 0;
  to = await startRelay({ limits });
  await to.connect({
    onStream: (stream, headers) => {
      streams += 1;
      stream.on('error', () => undefined);
      if (headers[':path'] === '/hang') {
        hanging.push(stream);
        return;
      }
      stream.resume();
      stream.on('end', () => {
        stream.respond({ ':status': 200 });
        stream.end('fine');
      });
    },
  });
}

async function dial(protocol = 'http/1.1'): Promise<TLSSocket> {
  const socket = tls.connect({
    port: to.publicPort,
    host: '127.0.0.1',
    ca: to.publicCa,
    servername: 'bot.test',
    ALPNProtocols: [protocol],
  });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}

/** Everything until the relay closes. */
async function rest(socket: TLSSocket): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  if (!socket.closed) await closed(socket);
  return text;
}

describe.each(bothVersions)('over %s', (_version, call) => {
  it('refuses what is too large: path, fields, body', async () => {
    await start({ headerCount: 20, bodyBytes: 4_096, targetBytes: 512 });
    const many = Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`x-${at}`, 'y']));
    const refusals = [
      [{ path: `/${'a'.repeat(512)}` }, 414, 'HEADERS_TOO_LARGE'],
      [{ path: '/', headers: many }, 431, 'HEADERS_TOO_LARGE'],
      [
        { path: '/', body: 'x'.repeat(4_097), headers: { 'content-length': '4097' } },
        413,
        'BODY_TOO_LARGE',
      ],
      [{ path: '/wecom/callback', body: 'x'.repeat(4_097) }, 413, 'BODY_TOO_LARGE'],
    ] as const;
    for (const [request, status, code] of refusals) {
      const answer = await call(to, request);
      expect([answer.status, answer.headers['x-causeway-error']]).toEqual([status, code]);
    }
    expect(streams).toBe(0);
    const chunked = await call(to, { path: '/', body: 'x'.repeat(4_097), chunked: true });
    expect(chunked.status).toBe(413);
    expect((await call(to, { path: '/', body: 'x'.repeat(4_096) })).status).toBe(200);
  });

  it('takes the tunnel’s own limits before the relay’s', async () => {
    await start({ bodyBytes: 1_024, requestsPerSecond: 1_000 });
    to.relay.rules.setLimits('acme', { bodyBytes: 8_192, requestsPerSecond: 4 });
    expect((await call(to, { path: '/', body: 'x'.repeat(8_192) })).status).toBe(200);
    let limited: { headers: IncomingHttpHeaders }[] = [];
    // The allowance grows while the machine is busy: eight at once may all be within it.
    while (limited.length === 0) {
      const answers = Array.from({ length: 8 }, async () => call(to, { path: '/' }));
      limited = (await Promise.all(answers)).filter(({ status }) => status === 429);
    }
    for (const { headers } of limited) {
      expect(headers['x-causeway-error']).toBe('RATE_LIMITED');
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    }
  });

  it('never answers a callback with 429: it breaks the connection', async () => {
    await start({ requestsPerSecond: 2 });
    const outcomes = new Set<string>();
    const ask = async (): Promise<void> => {
      const answer = await call(to, { path: '/wecom/callback', body: 'x' }).catch(() => 'broken');
      outcomes.add(typeof answer === 'string' ? answer : String(answer.status));
    };
    while (outcomes.size < 2) await Promise.all(Array.from({ length: 6 }, ask));
    expect([...outcomes].sort()).toEqual(['200', 'broken']);
  });

  it('takes no more at once of a tunnel than it may carry', async () => {
    await start({ inFlightPerTunnel: 2 });
    const pending = [call(to, { path: '/hang' }), call(to, { path: '/hang' })];
    await expect.poll(() => hanging.length).toBe(2);
    const answer = await call(to, { path: '/' });
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '1']);
    await expect(call(to, { path: '/wecom/callback', body: 'x' })).rejects.toThrow(
      /hang up|INTERNAL|reset/i,
    );
    for (const stream of hanging) stream.respond({ ':status': 204 }, { endStream: true });
    expect((await Promise.all(pending)).map(({ status }) => status)).toEqual([204, 204]);
    expect((await call(to, { path: '/' })).status).toBe(200);
  });
});

describe('slow and many clients', () => {
  it('answers 408 to a body that drips, and cuts a head that drips, while others are served', async () => {
    await start({ headMs: 3_000, paceMs: 200, minBodyRate: 1_000 });
    const slowBody = await dial();
    slowBody.write('POST / HTTP/1.1\r\nHost: bot.test\r\nContent-Length: 1000000\r\n\r\n');
    const slowHead = await dial();
    slowHead.write('GET / HTTP/1.1\r\nHost: bot.test\r\nX: ');
    const slowSession = await dial('h2');
    const drip = setInterval(() => {
      for (const socket of [slowBody, slowHead, slowSession])
        if (socket.writable) socket.write('x');
    }, 40);
    const ends = Promise.all([rest(slowBody), rest(slowHead), rest(slowSession)]);
    expect((await h1(to, { path: '/' })).body.toString()).toBe('fine');
    const [body, head] = await ends;
    clearInterval(drip);
    expect(body).toMatch(/^HTTP\/1\.1 408 .*REQUEST_TOO_SLOW/s);
    expect(head).toMatch(/^HTTP\/1\.1 408 .*REQUEST_TOO_SLOW/s);
    expect((await h1(to, { path: '/' })).status).toBe(200);
  });

  it('closes an HTTP/2 connection that asks for nothing', async () => {
    await start({ headMs: 3_000 });
    const session = connectH2(`https://127.0.0.1:${to.publicPort}`, { ca: to.publicCa });
    await closed(session);
    expect((await h1(to, { path: '/' })).status).toBe(200);
  });

  it('holds 200 slow heads of one source to its share, and serves another', async () => {
    await start({ headMs: 60_000, connectionsPerSource: 20 });
    const sockets = Array.from({ length: 200 }, () => net.connect(to.publicPort, '127.0.0.1'));
    let gone = 0;
    for (const socket of sockets) void closed(socket).then(() => (gone += 1));
    await expect.poll(() => gone).toBe(180);
    const answer = await new Promise<number>((resolve, reject) => {
      https
        .get(
          {
            host: '127.0.0.1',
            localAddress: '127.0.0.2',
            port: to.publicPort,
            ca: to.publicCa,
            servername: 'bot.test',
            headers: { host: 'bot.test' },
            agent: false,
          },
          (response) => {
            response.resume();
            resolve(response.statusCode ?? 0);
          },
        )
        .on('error', reject);
    });
    expect(answer).toBe(200);
    for (const socket of sockets) socket.destroy();
    await expect
      .poll(async () => (await h1(to, { path: '/' }).catch(() => null))?.status)
      .toBe(200);
  });

  it('gives up a client that takes nothing of its answer', async () => {
    await start({ stallMs: 300 });
    expect(await endOfBig()).toBe('closed');
  });

  it('says what it waits for before it wants a body', async () => {
    await start({ bodyBytes: 100 });
    const socket = await dial();
    socket.write(
      'POST / HTTP/1.1\r\nHost: bot.test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n',
    );
    const [first] = (await once(socket, 'data')) as [Buffer];
    expect(first.toString()).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('12345');
    const [second] = (await once(socket, 'data')) as [Buffer];
    expect(second.toString()).toMatch(/^HTTP\/1\.1 200 /);
    socket.destroy();

    const refused = await dial();
    refused.write(
      'POST / HTTP/1.1\r\nHost: bot.test\r\nContent-Length: 500\r\nExpect: 100-continue\r\n\r\n',
    );
    expect(await rest(refused)).toMatch(/^HTTP\/1\.1 413 /);
  });
});

/** Asks for an endless answer and reads none of it. */
async function endOfBig(): Promise<string> {
  await to.connect({
    onStream: (stream) => {
      stream.on('error', () => undefined);
      stream.respond({ ':status': 200 });
      const more = (): void => {
        while (!stream.destroyed && stream.write(Buffer.alloc(65_536)));
      };
      stream.on('drain', more);
      more();
    },
  });
  const socket = await dial();
  socket.pause();
  // Two devices serve the tunnel; one of a few requests meets the endless one.
  socket.write('GET /big HTTP/1.1\r\nHost: bot.test\r\n\r\n'.repeat(4));
  return new Promise((resolve) => {
    socket.once('close', () => resolve('closed'));
    // A paused socket does not see the end: look at it once the relay has had its time.
    const look = setInterval(() => {
      if (
        to.relay.traffic
          .recent()
          .some(({ path, hops }) => path === '/big' && hops.answered !== null)
      ) {
        clearInterval(look);
        socket.destroy();
      }
    }, 50);
  });
}
