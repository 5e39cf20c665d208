import { createHash, randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bothVersions, h1 } from '../testing/public.ts';
import { startRelay, type TestRelay } from '../testing/relay.ts';

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const download = randomBytes(10 * 1024 * 1024);

/** Answers by path what the tests ask for. */
function answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
  const path = headers[':path'] ?? '';
  if (path === '/headers') {
    stream.respond({
      ':status': 200,
      'content-type': 'application/json',
      'x-causeway-source': 'origin',
    });
    stream.end(JSON.stringify(headers));
  } else if (path === '/echo') {
    stream.respond({ ':status': 200 });
    stream.pipe(stream);
  } else if (path === '/hash') {
    const hash = createHash('sha256');
    let length = 0;
    stream.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      length += chunk.length;
    });
    stream.on('end', () => {
      stream.respond({ ':status': 200 });
      stream.end(`${length} ${hash.digest('hex')}`);
    });
  } else if (path === '/download') {
    stream.respond({ ':status': 200, 'content-length': String(download.length) });
    stream.end(download);
  } else if (path === '/cookies') {
    stream.respond({ ':status': 302, location: '/next', 'set-cookie': ['a=1', 'b=2'] });
    stream.end();
  } else if (path === '/reserved') {
    stream.respond({
      ':status': 200,
      'x-causeway-error': 'BOT_NOT_FOUND',
      'x-causeway-internal': 'secret',
    });
    stream.end();
  } else if (path === '/empty') {
    stream.respond({ ':status': 204 }, { endStream: true });
  } else if (path === '/break') {
    stream.respond({ ':status': 200 });
    stream.write('the first half', () => stream.destroy(new Error('broken')));
  } else if (path === '/break-declared') {
    stream.respond({ ':status': 200, 'content-length': '100' });
    stream.write('the first half', () => stream.destroy(new Error('broken')));
  } else {
    stream.respond({ ':status': 404 }, { endStream: true });
  }
}

let to: TestRelay;

beforeAll(async () => {
  to = await startRelay({ limits: { bodyBytes: 12 * 1024 * 1024 } });
  await to.connect({ onStream: answer, sessions: 2 });
});
afterAll(async () => {
  await to.close();
});

describe.each(bothVersions)('public requests over %s', (_version, call) => {
  it('carries method, path, query and host, and says who asks', async () => {
    const { status, headers, body } = await call(to, {
      path: '/headers',
      host: `BOT.test:${to.publicPort}`,
      headers: { accept: 'application/json', 'x-own': 'kept' },
    });
    expect(status).toBe(200);
    expect(headers['x-causeway-source']).toBe('origin');
    const seen = JSON.parse(body.toString()) as Record<string, string>;
    expect(seen).toMatchObject({
      ':method': 'GET',
      ':scheme': 'https',
      ':authority': `BOT.test:${to.publicPort}`,
      'x-own': 'kept',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': `BOT.test:${to.publicPort}`,
      forwarded: `for=127.0.0.1;host="BOT.test:${to.publicPort}";proto=https`,
    });
    expect(seen['x-causeway-trace']).toMatch(/^[0-9a-f]{32}$/);
    expect(headers['x-causeway-trace']).toBe(seen['x-causeway-trace']);
    expect(Math.abs(Number(seen['x-causeway-received-at']) - Date.now())).toBeLessThan(60_000);
    expect(seen).not.toHaveProperty('host');
  });

  it('takes off what comes from outside in our name, and keeps a valid trace', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const { body } = await call(to, {
      path: '/headers',
      headers: {
        'x-causeway-received-at': '1',
        'x-causeway-source': 'agent',
        'x-forwarded-for': '6.6.6.6',
        'x-real-ip': '6.6.6.6',
        forwarded: 'for=6.6.6.6',
        te: 'trailers',
        traceparent: `00-${trace}-b7ad6b7169203331-01`,
      },
    });
    const seen = JSON.parse(body.toString()) as Record<string, string>;
    expect(JSON.stringify(seen)).not.toContain('6.6.6.6');
    expect(seen['x-causeway-received-at']).not.toBe('1');
    expect(seen).not.toHaveProperty('x-causeway-source');
    expect(seen).not.toHaveProperty('te');
    expect(seen['x-causeway-trace']).toBe(trace);
    expect(seen['traceparent']).toContain(trace);
  });

  it('drops a traceparent that is none', async () => {
    const { body } = await call(to, {
      path: '/headers',
      headers: { traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01`, tracestate: 'a=b' },
    });
    const seen = JSON.parse(body.toString()) as Record<string, string>;
    expect(seen).not.toHaveProperty('traceparent');
    expect(seen).not.toHaveProperty('tracestate');
  });

  it.each([0, 1, 65_536, 65_537, 1_000_000])('echoes a body of %i bytes', async (length) => {
    const sent = randomBytes(length);
    const { status, body } = await call(to, { path: '/echo', method: 'POST', body: sent });
    expect(status).toBe(200);
    expect(sha256(body)).toBe(sha256(sent));
  });

  it('carries 10 MiB up and down unchanged', async () => {
    const sent = randomBytes(10 * 1024 * 1024);
    const up = await call(to, { path: '/hash', method: 'PUT', body: sent });
    expect(up.body.toString()).toBe(`${sent.length} ${sha256(sent)}`);
    const down = await call(to, { path: '/download' });
    expect(down.headers['content-length']).toBe(String(download.length));
    expect(sha256(down.body)).toBe(sha256(download));
  });

  it('keeps several cookies apart and passes redirects', async () => {
    const { status, headers } = await call(to, { path: '/cookies' });
    expect(status).toBe(302);
    expect(headers['location']).toBe('/next');
    expect(headers['set-cookie']).toEqual(['a=1', 'b=2']);
  });

  it('lets the agent say its error code and nothing else of ours', async () => {
    const { headers } = await call(to, { path: '/reserved' });
    expect(headers['x-causeway-source']).toBe('agent');
    expect(headers['x-causeway-error']).toBe('BOT_NOT_FOUND');
    expect(headers).not.toHaveProperty('x-causeway-internal');
  });

  it('answers HEAD and 204 without a body', async () => {
    const head = await call(to, { path: '/download', method: 'HEAD' });
    expect(head.headers['content-length']).toBe(String(download.length));
    expect(head.body).toHaveLength(0);
    expect((await call(to, { path: '/empty' })).status).toBe(204);
  });

  it.each(['/break', '/break-declared'])('breaks off what breaks off inside: %s', async (path) => {
    await expect(call(to, { path })).rejects.toThrow(/aborted|hang up|ECONNRESET|INTERNAL_ERROR/i);
  });

  it('routes a wildcard and refuses an unknown host', async () => {
    expect((await call(to, { path: '/empty', host: 'a.b.wild.test' })).status).toBe(204);
    const { status, headers, body } = await call(to, { path: '/', host: 'other.test' });
    expect(status).toBe(404);
    expect(headers['x-causeway-source']).toBe('relay');
    expect(headers['x-causeway-error']).toBe('UNKNOWN_HOST');
    expect(JSON.parse(body.toString())).toEqual({
      error: { code: 'UNKNOWN_HOST', trace: headers['x-causeway-trace'] },
    });
  });

  it('answers a browser with a page in its language', async () => {
    const { headers, body } = await call(to, {
      path: '/',
      host: 'other.test',
      headers: { accept: 'text/html,*/*;q=0.8', 'accept-language': 'zh-CN,zh;q=0.9' },
    });
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(body.toString()).toContain('lang="zh-CN"');
    expect(body.toString()).toContain('UNKNOWN_HOST');
  });

  it('refuses a body that is declared too large', async () => {
    const body = Buffer.alloc(12 * 1024 * 1024 + 1);
    const { status, headers } = await call(to, {
      path: '/hash',
      headers: { 'content-length': String(body.length), expect: '100-continue' },
      body,
    });
    expect(status).toBe(413);
    expect(headers['x-causeway-error']).toBe('BODY_TOO_LARGE');
  });

  it('refuses headers that are too large', async () => {
    const { status, headers } = await call(to, {
      path: '/headers',
      headers: { 'x-a': 'a'.repeat(20_000), 'x-b': 'b'.repeat(20_000) },
    });
    expect(status).toBe(431);
    expect(headers['x-causeway-error']).toBe('HEADERS_TOO_LARGE');
  });
});

it('stops an upload of unknown length at the limit', async () => {
  const outcome = await h1(to, {
    path: '/hash',
    body: Buffer.alloc(13 * 1024 * 1024),
    chunked: true,
  }).then(
    ({ status }) => status,
    () => 'broken',
  );
  // The answer may be overtaken by the closing of the connection that is still being written to.
  expect([413, 'broken']).toContain(outcome);
});

it('takes Connection-named fields off', async () => {
  const { body } = await h1(to, {
    path: '/headers',
    headers: { connection: 'close, x-hop', 'x-hop': 'mine', 'x-stays': 'yes' },
  });
  const seen = JSON.parse(body.toString()) as Record<string, string>;
  expect(seen).not.toHaveProperty('x-hop');
  expect(seen).not.toHaveProperty('connection');
  expect(seen['x-stays']).toBe('yes');
});
