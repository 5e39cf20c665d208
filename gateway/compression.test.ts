import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { acceptsGzip } from './compression.ts';
import { get, publish, startOrigin } from './testing/service.ts';
import { openTunnel, viaTunnel } from './testing/tunnel.ts';

it.each([
  ['gzip', true],
  ['br, GZIP;q=0.5', true],
  ['*', true],
  ['gzip;q=0, *', false],
  ['identity', false],
  ['', false],
  [undefined, false],
])('Accept-Encoding: %s takes gzip: %s', (field, expected) => {
  expect(acceptsGzip(field)).toBe(expected);
});

describe('compression of a published response', () => {
  const page = 'a page '.repeat(400);
  it.each<[string, Record<string, string>, string, boolean]>([
    ['is made where the client takes gzip', { 'content-type': 'text/html' }, 'br, gzip', true],
    ['is not made where it does not', { 'content-type': 'text/html' }, 'gzip;q=0, br', false],
    ['is not made of a picture', { 'content-type': 'image/png' }, 'gzip', false],
    [
      'is not made against no-transform',
      { 'content-type': 'text/css', 'cache-control': 'no-transform' },
      'gzip',
      false,
    ],
    ['is not made twice', { 'content-type': 'text/css', 'content-encoding': 'br' }, 'gzip', false],
  ])('%s', async (_, headers, acceptEncoding, compressed) => {
    const url = await startOrigin((_request, response) => {
      response.writeHead(200, { ...headers, etag: '"v1"', 'content-length': String(page.length) });
      response.end(page);
    });
    const session = await openTunnel(
      await publish([url], {}, { compression: { enabled: true, minSize: 1024, level: 6 } }),
    );
    const answer = await viaTunnel(session, {
      ...get,
      ':path': '/shop/',
      'accept-encoding': acceptEncoding,
    });
    if (compressed) {
      expect(answer.headers).toMatchObject({
        'content-encoding': 'gzip',
        vary: 'accept-encoding',
        etag: 'W/"v1"',
      });
      expect(gunzipSync(answer.body).toString()).toBe(page);
      expect(answer.body.length).toBeLessThan(200);
    } else {
      expect(answer.headers['content-encoding']).toBe(headers['content-encoding']);
      expect(answer.body.toString()).toBe(page);
    }
  });
});
