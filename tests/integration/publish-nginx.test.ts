import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type ClientHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { expect, onTestFinished } from 'vitest';
import { startGateway } from '../../gateway/testing/harness.ts';
import { openTunnel, viaTunnel } from '../../gateway/testing/tunnel.ts';
import { LEFT_OUT, promise } from '../support/report.ts';
import { hasNginx, startNginx } from './support/nginx.ts';

/** Where the two differ by intent: docs/routing.md lists each with its reason. */
const ownHeaders = new Set(['server', 'date', 'x-causeway-source']);

interface Case {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: Buffer;
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const statuses = [200, 201, 204, 206, 301, 304, 400, 401, 404, 409, 418, 500, 503];
const paths = [
  '/',
  '/a/b',
  '/a%20b',
  '/%E4%BB%B7%E6%A0%BC',
  '/a//b',
  '/x;y=1',
  '/q?a=1&b=%2F&c',
  '/q??',
];
const sizes = [0, 1, 1023, 16_384, 300_000];

/** Two hundred requests that together meet every method, status, path and size. */
function script(): Case[] {
  return Array.from({ length: 200 }, (_, index) => {
    const method = methods[index % methods.length] ?? 'GET';
    const withBody = ['POST', 'PUT', 'PATCH'].includes(method);
    const size = sizes[index % sizes.length] ?? 0;
    return {
      method,
      path: paths[index % paths.length] ?? '/',
      headers: {
        'x-case': String(index),
        'x-status': String(statuses[index % statuses.length]),
        'x-size': String(sizes[(index + 2) % sizes.length]),
        'x-chunked': String(index % 3 === 0),
        'accept-encoding': 'gzip, br',
        cookie: `session=${index}; theme=dark`,
        ...(withBody ? { 'content-type': 'application/octet-stream' } : {}),
        ...(withBody && index % 2 === 0 ? { 'content-length': String(size) } : {}),
      },
      ...(withBody ? { body: Buffer.alloc(size, index) } : {}),
    };
  });
}

/** Answers by the request's own headers, and says what it has got. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await buffer(request);
  const { host, 'x-case': id } = request.headers;
  const status = Number(request.headers['x-status']);
  const size = Number(request.headers['x-size']);
  const chunked = request.headers['x-chunked'] === 'true';
  const seen = [
    request.method,
    request.url,
    host,
    request.headers.cookie,
    id,
    request.headers['content-type'],
  ];
  response.writeHead(status, {
    // nginx takes it off a response without content; so the origin gives none there.
    ...(status === 204 || status === 304 ? {} : { 'content-type': 'application/octet-stream' }),
    'set-cookie': ['a=1; Path=/', 'b=2; HttpOnly'],
    'x-seen': createHash('sha256').update(JSON.stringify(seen)).update(body).digest('hex'),
    'x-empty': '',
    etag: `"${String(id)}"`,
    ...(status === 301 ? { location: '/elsewhere?x=1' } : {}),
    ...(status === 401 ? { 'www-authenticate': 'Basic realm="x"' } : {}),
    ...(status === 206 ? { 'content-range': `bytes 0-${size}/*` } : {}),
    ...(chunked || status === 204 || status === 304 ? {} : { 'content-length': String(size) }),
  });
  response.end(status === 204 || status === 304 ? undefined : Buffer.alloc(size, 'x'));
}

function comparable(got: Awaited<ReturnType<typeof viaTunnel>>) {
  const headers = Object.entries(got.headers).filter(([name]) => !ownHeaders.has(name));
  return {
    status: got.status,
    headers: Object.fromEntries(headers.toSorted(([a], [b]) => (a < b ? -1 : 1))),
    body: createHash('sha256').update(got.body).digest('hex'),
    length: got.body.length,
  };
}

async function send(session: ClientHttp2Session, request: Case) {
  const headers = {
    ':method': request.method,
    ':path': request.path,
    ':authority': 'shop.example',
    ...request.headers,
  };
  return comparable(await viaTunnel(session, headers, request.body));
}

promise(
  'R26',
  {
    against: '200 requests of 7 methods, 13 statuses, bodies to 300 kB',
    by: 'nginx, same requests',
    promise: 'status, headers and body are equal',
  },
  async (figures) => {
    if (!hasNginx) {
      figures[LEFT_OUT] = 'nginx is not installed';
      return;
    }
    const origin = createServer((request, response) => void answer(request, response));
    origin.listen(0, '127.0.0.1');
    await once(origin, 'listening');
    onTestFinished(() => {
      origin.closeAllConnections();
      origin.close();
    });
    const { port } = origin.address() as AddressInfo;
    const nginx = await startNginx({ port });
    const gateway = await startGateway({
      targets: [{ id: 'a', url: `http://127.0.0.1:${port}` }],
      services: [
        {
          id: 'all',
          host: null,
          path: '/',
          stripPath: false,
          targets: [{ id: 'a' }],
          balance: 'round_robin',
        },
      ],
    });
    const ours = await openTunnel(gateway);
    const theirs = connect(nginx.url);
    onTestFinished(() => theirs.destroy());
    let equal = 0;
    for (const request of script()) {
      const name = `${request.method} ${request.path} ${request.headers['x-status'] ?? ''}`;
      expect(await send(ours, request), name).toEqual(await send(theirs, request));
      equal += 1;
    }
    figures['equal'] = equal;
    expect(equal).toBe(200);
  },
);
