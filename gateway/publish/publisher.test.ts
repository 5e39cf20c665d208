import type { IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { startFaulty } from '../testing/pool.ts';
import { get, publish, startOrigin } from '../testing/service.ts';
import { openTunnel, viaTunnel } from '../testing/tunnel.ts';
import type { ServiceConfig } from '../types.ts';

describe('a published service', () => {
  it('gets the request as it came, and its response goes back as it is', async () => {
    let seen: IncomingMessage | undefined;
    const url = await startOrigin((request, response) => {
      seen = request;
      void text(request).then((body) => {
        response.writeHead(201, 'Made', {
          'content-type': 'text/plain',
          'set-cookie': ['a=1', 'b=2'],
          'x-causeway-error': 'FORGED',
          connection: 'x-hop',
          'x-hop': 'secret',
          'keep-alive': 'timeout=9',
        });
        response.end(`got ${body}`);
      });
    });
    const session = await openTunnel(await publish([url]));
    const answer = await viaTunnel(
      session,
      {
        ':method': 'POST',
        ':path': '/shop/cart%20x?q=1&r=%2F',
        ':authority': 'Shop.example:8443',
        cookie: 'c=3',
        'x-forwarded-for': '203.0.113.7',
        'x-causeway-trace': 'internal',
        'content-type': 'text/plain',
      },
      '一本书',
    );
    expect(answer).toMatchObject({
      status: 201,
      headers: {
        'content-type': 'text/plain',
        'set-cookie': ['a=1', 'b=2'],
        'x-causeway-source': 'origin',
      },
    });
    expect(answer.body.toString()).toBe('got 一本书');
    for (const name of ['x-causeway-error', 'x-hop', 'keep-alive', 'connection']) {
      expect(answer.headers[name]).toBeUndefined();
    }
    expect(seen?.url).toBe('/shop/cart%20x?q=1&r=%2F');
    expect(seen?.headers).toMatchObject({
      host: 'Shop.example:8443',
      cookie: 'c=3',
      'x-forwarded-for': '203.0.113.7',
    });
    expect(seen?.headers['x-causeway-trace']).toBeUndefined();
  });

  it('gets the whole body of a request with trailers, and nothing of them', async () => {
    const trailers: unknown[] = [];
    const url = await startOrigin((request, response) => {
      void text(request).then((body) => {
        trailers.push(...request.rawTrailers);
        response.end(`got ${body}`);
      });
    });
    const session = await openTunnel(await publish([url]));
    const stream = session.request(
      { ...get, ':method': 'POST', ':path': '/shop' },
      { endStream: false, waitForTrailers: true },
    );
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': 'abc' }));
    stream.end('a book');
    expect(await text(stream)).toBe('got a book');
    expect(trailers).toEqual([]);
  });

  it.each([
    ['/shop', true, '/base/'],
    ['/shop/', true, '/base/'],
    ['/shop/a/b?x', true, '/base/a/b?x'],
    ['/shop/a', false, '/base/shop/a'],
  ])('%s, strip_path %s: the target is asked for %s', async (path, stripPath, expected) => {
    const url = await startOrigin((request, response) => response.end(request.url));
    const session = await openTunnel(await publish([`${url}/base`], { stripPath }));
    expect((await viaTunnel(session, { ...get, ':path': path })).body.toString()).toBe(expected);
  });

  it.each([
    '/shop/../admin',
    '/shop/%2e%2e/admin',
    '/shop/..%2fadmin',
    String.raw`/shop/..\admin`,
    '/shop/./a',
  ])('%s is refused: a target could take it out of the prefix', async (path) => {
    const url = await startOrigin((_request, response) => response.end('reached'));
    const session = await openTunnel(await publish([url]));
    const answer = await viaTunnel(session, { ...get, ':path': path });
    expect([answer.status, answer.headers['x-causeway-source']]).toEqual([400, 'agent']);
  });

  it('is found by host and whole path segments; what is ours stays ours', async () => {
    const url = await startOrigin((_request, response) => response.end('shop'));
    const gateway = await publish([url], { host: 'shop.example', path: '/' });
    const session = await openTunnel(gateway);
    const status = async (path: string, authority = 'shop.example') =>
      (await viaTunnel(session, { ...get, ':path': path, ':authority': authority })).status;
    expect(await status('/')).toBe(200);
    expect(await status('/anything')).toBe(200);
    expect(await status('/', 'other.example')).toBe(404);
    expect(await status('/wecom/callback/nobody')).toBe(404);
    const health = await viaTunnel(session, { ...get, ':path': '/api/health' });
    expect(health.headers['x-causeway-source']).toBe('agent');
    expect(await status('/api/messages')).toBe(200);
  });

  it('streams events as they come', async () => {
    let push: (line: string) => void = () => undefined;
    const url = await startOrigin((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      push = (line) => response.write(`data: ${line}\n\n`);
      push('first');
    });
    const session = await openTunnel(
      await publish([url], {}, { compression: { enabled: true, minSize: 0, level: 6 } }),
    );
    const stream = session.request({
      ...get,
      ':path': '/shop/events',
      'accept-encoding': 'gzip',
    });
    const next = async (): Promise<string> => {
      const [chunk] = (await once(stream, 'data')) as [Buffer];
      return chunk.toString();
    };
    expect(await next()).toBe('data: first\n\n');
    push('second');
    expect(await next()).toBe('data: second\n\n');
    stream.close();
  });

  it('is slowed down by a client that does not read: nothing piles up here', async () => {
    let written = 0;
    const chunk = Buffer.alloc(256 << 10);
    const url = await startOrigin((_request, response) => {
      const write = (): void => {
        written += chunk.length;
        if (response.write(chunk)) setImmediate(write);
        else response.once('drain', write);
      };
      write();
    });
    const session = await openTunnel(await publish([url]));
    const stream = session.request({ ...get, ':path': '/shop/big' });
    await once(stream, 'response');
    let before = -1;
    await expect
      .poll(
        () => {
          const still = written === before;
          before = written;
          return still;
        },
        { interval: 100 },
      )
      .toBe(true);
    expect(written).toBeLessThan(32 << 20);
    stream.close();
  });
});

describe('targets of a service that fail', () => {
  const config = { ':path': '/shop/x', ...get };

  it('nobody is there: 502 of ours; too slow: 504 of ours; its own 503 is its own', async () => {
    const gone = await startFaulty('refuse');
    const answers = async (url: string, more: Partial<ServiceConfig> = {}) => {
      const session = await openTunnel(await publish([url], more));
      const { status, headers } = await viaTunnel(session, config);
      return [status, headers['x-causeway-source'], headers['x-causeway-error']];
    };
    expect(await answers(gone.url)).toEqual([502, 'agent', 'TARGET_UNREACHABLE']);
    const slow = await startFaulty('hang');
    expect(await answers(slow.url, { timeoutMs: 100 })).toEqual([504, 'agent', 'TARGET_TIMEOUT']);
    const busy = await startFaulty(503);
    expect(await answers(busy.url)).toEqual([503, 'origin', undefined]);
    expect(await answers('http://169.254.169.254/')).toEqual([
      502,
      'agent',
      'TARGET_ADDRESS_REFUSED',
    ]);
  });

  it('one that refuses is gone round, a POST with a body too; one that cut a POST off is not', async () => {
    const gone = await startFaulty('refuse');
    const good = await startOrigin(
      (request, response) => void text(request).then((body) => response.end(body)),
    );
    const session = await openTunnel(await publish([gone.url, good]));
    for (let count = 0; count < 4; count += 1) {
      const answer = await viaTunnel(session, { ...config, ':method': 'POST' }, 'body');
      expect([answer.status, answer.body.toString()]).toEqual([200, 'body']);
    }
    const cutting = await startFaulty('reset');
    const other = await openTunnel(await publish([cutting.url, good]));
    const statuses = [
      (await viaTunnel(other, { ...config, ':method': 'POST' }, 'body')).status,
      (await viaTunnel(other, { ...config, ':method': 'POST' }, 'body')).status,
    ];
    expect(new Set(statuses)).toEqual(new Set([200, 502]));
    for (let count = 0; count < 4; count += 1) {
      expect((await viaTunnel(other, config)).status).toBe(200);
    }
  });

  it('a response that breaks off is reset, never taken for the whole', async () => {
    const url = await startOrigin((request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('half', () => request.socket.resetAndDestroy());
    });
    const session = await openTunnel(await publish([url]));
    await expect(viaTunnel(session, config)).rejects.toThrow(/NGHTTP2_INTERNAL_ERROR|reset/);
  });

  it('no more are open than max_connections', async () => {
    const slow = await startFaulty('hang');
    const session = await openTunnel(await publish([slow.url], {}, { maxConnections: 2 }));
    const open = [1, 2].map(() => session.request(config));
    await expect.poll(() => slow.hits()).toBe(2);
    const answer = await viaTunnel(session, config);
    expect([answer.status, answer.headers['x-causeway-error']]).toEqual([503, 'BUSY']);
    for (const stream of open) stream.close();
  });
});

it('counts what a service does, and what no target answered', async () => {
  let release = (): void => undefined;
  const url = await startOrigin((request, response) => {
    if (request.url === '/shop/slow') release = () => response.end();
    else response.end('ok');
  });
  const gateway = await publish([url]);
  const session = await openTunnel(gateway);
  await viaTunnel(session, { ...get, ':path': '/shop' });
  const slow = viaTunnel(session, { ...get, ':path': '/shop/slow' });
  await expect.poll(() => gateway.serviceFigures().get('shop')).toMatchObject({ open: 1 });
  release();
  await slow;
  await expect
    .poll(() => gateway.serviceFigures().get('shop'))
    .toEqual({ open: 0, sockets: 0, requests: 2, failed: 0, failedAt: null });
  const dead = await publish(['http://127.0.0.1:9/']);
  expect((await viaTunnel(await openTunnel(dead), { ...get, ':path': '/shop' })).status).toBe(502);
  expect(dead.serviceFigures().get('shop')).toMatchObject({ requests: 1, failed: 1 });
});
