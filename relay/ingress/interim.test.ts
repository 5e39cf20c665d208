import { once } from 'node:events';
import { connect, type IncomingHttpHeaders } from 'node:http2';
import tls from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bothVersions } from '../testing/public.ts';
import { startRelay, type TestRelay } from '../testing/relay.ts';
import type { Timeline } from './timeline.ts';

let to: TestRelay;
beforeEach(async () => {
  to = await startRelay({}, { hstsSeconds: 600 });
  await to.connect({
    onStream: (stream, headers) => {
      stream.on('error', () => undefined);
      if (headers[':path'] === '/hints') {
        stream.additionalHeaders({ ':status': 103, link: '</a.css>; rel=preload' });
      }
      const timing = 'gateway;dur=12.5, bad;dur=x, a;dur=1';
      stream.respond(
        { ':status': 200, trailer: 'x-sum', 'x-causeway-timing': timing, 'x-causeway-x': 'y' },
        { waitForTrailers: true },
      );
      stream.on('wantTrailers', () => {
        stream.sendTrailers({ 'x-sum': 'abc', 'x-causeway-source': 'forged' });
      });
      stream.end('body');
    },
  });
});
afterEach(async () => {
  await to.close();
});

async function raw(request: string): Promise<string> {
  const socket = tls.connect({
    port: to.publicPort,
    host: '127.0.0.1',
    ca: to.publicCa,
    servername: 'bot.test',
  });
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.write(request);
  await once(socket, 'close');
  return text;
}

describe('an answer', () => {
  it('keeps interim answers and trailers over HTTP/1.1', async () => {
    const text = await raw('GET /hints HTTP/1.1\r\nHost: bot.test\r\nConnection: close\r\n\r\n');
    expect(text).toMatch(
      /^HTTP\/1\.1 103 [^\r]*\r\nLink: <\/a\.css>; rel=preload\r\n\r\nHTTP\/1\.1 200 OK\r\n/,
    );
    expect(text).toMatch(/\r\n4\r\nbody\r\n0\r\nx-sum: abc\r\n\r\n$/);
    expect(text).not.toContain('forged');
  });

  it('keeps them over HTTP/2', async () => {
    const session = connect(`https://127.0.0.1:${to.publicPort}`, { ca: to.publicCa });
    const stream = session.request({ ':path': '/hints', ':authority': 'bot.test' });
    const got: IncomingHttpHeaders[] = [];
    stream.on('headers', (headers) => got.push(headers));
    stream.on('trailers', (headers) => got.push(headers));
    stream.resume();
    await once(stream, 'close');
    session.destroy();
    expect(got).toMatchObject([
      { ':status': 103, link: '</a.css>; rel=preload' },
      { 'x-sum': 'abc' },
    ]);
    expect(Object.keys(got[1] ?? {})).toEqual(['x-sum']);
  });

  it('is cut down to HTTP/1.0 for a client that speaks it', async () => {
    const text = await raw('GET /hints HTTP/1.0\r\nHost: bot.test\r\n\r\n');
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text.endsWith('\r\n\r\nbody')).toBe(true);
  });
});

describe.each(bothVersions)('the way of a request over %s', (_version, call) => {
  it('is noted hop by hop, told of, and summed up; what is private stays so', async () => {
    const told: Timeline[] = [];
    const stop = to.relay.traffic.subscribe((timeline) => told.push(timeline));
    const { headers } = await call(to, { path: '/wecom/callback/a?secret=1', body: 'private' });
    expect(headers['strict-transport-security']).toBe('max-age=600');
    expect(
      Object.keys(headers)
        .filter((name) => name.startsWith('x-causeway-'))
        .sort(),
    ).toEqual(['x-causeway-source', 'x-causeway-trace']);
    await expect.poll(() => told.length).toBe(1);
    stop();
    await call(to, { path: '/', host: 'other.test' });
    await expect.poll(() => to.relay.traffic.recent().length).toBe(2);
    expect(told).toHaveLength(1);
    const [refused, first] = to.relay.traffic.recent();
    expect(first).toEqual(told[0]);
    expect(first).toMatchObject({
      trace: headers['x-causeway-trace'],
      method: 'POST',
      host: 'bot.test',
      path: '/wecom/callback/a',
      tunnel: 'acme',
      isCallback: true,
      status: 200,
      source: 'agent',
      reason: null,
      agent: { gateway: 12.5, a: 1 },
    });
    const { gated, queued, streamOpened, firstByte, answered } = first!.hops;
    const times = [0, gated!, queued!, streamOpened!, firstByte!, answered!];
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(refused).toMatchObject({
      status: 404,
      source: 'relay',
      reason: 'UNKNOWN_HOST',
      hops: { gated: null, streamOpened: null },
    });
    expect(JSON.stringify(to.relay.traffic.recent())).not.toMatch(/secret|private/);
    const metrics = await (await fetch(`${to.relay.addresses.admin}/metrics`)).text();
    expect(metrics).toContain('relay_hop_seconds_count{hop="streamOpened"} 1');
    expect(metrics).toContain('relay_hop_seconds_count{hop="answered"} 2');
  });
});

it('the last 500 requests are kept', async () => {
  const session = connect(`https://127.0.0.1:${to.publicPort}`, { ca: to.publicCa });
  for (let round = 0; round < 11; round += 1) {
    await Promise.all(
      Array.from({ length: 50 }, async (_, at) => {
        const stream = session.request({ ':path': `/${round}-${at}`, ':authority': 'other.test' });
        stream.resume();
        await once(stream, 'close');
      }),
    );
  }
  session.destroy();
  const { traffic } = to.relay;
  const of = (round: number): number =>
    traffic.recent().filter(({ path }) => path.startsWith(`/${round}-`)).length;
  await expect.poll(() => of(10)).toBe(50);
  expect(traffic.recent()).toHaveLength(500);
  expect(traffic.recent()[0]?.path).toMatch(/^\/10-/);
  expect(of(0)).toBe(0);
});
