import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { constants } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { buffer, json as jsonOf } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { header } from '../../common/tunnel/protocol.ts';
import { decodeToken } from '../../common/tunnel/token.ts';
import { startGateway } from '../../gateway/testing/harness.ts';
import { enrol } from '../../main/core/tunnel/index.ts';
import { startClient, type TestClient } from '../../main/core/tunnel/testing/client.ts';
import { onDuplex } from '../../main/core/tunnel/testing/duplex.ts';
import { startPeer } from '../../main/core/tunnel/testing/peer.ts';
import { createDialer } from '../../main/core/tunnel/transport/dialer.ts';
import type { TunnelClientOptions } from '../../main/core/tunnel/types.ts';
import { bothVersions, h1, type PublicCall } from '../../relay/testing/public.ts';
import { startRelay, type TestRelay } from '../../relay/testing/relay.ts';

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const json = { 'content-type': 'application/json' };
const order = (length: number): Buffer =>
  Buffer.from(JSON.stringify(Array.from({ length }, (_, id) => ({ id, name: `客户 ${id}` }))));

/** What an internal service has seen of a request. */
interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly length: number;
  readonly hash: string;
}

let to: TestRelay;
let client: TestClient;
let origin: Server;

beforeEach(async () => {
  to = await startRelay();
  origin = createServer((request, response) => {
    const answer = (body: Buffer): void => {
      const { method, url, headers } = request;
      const seen = { method, path: url, headers, length: body.length, hash: sha256(body) };
      response.writeHead(200, json).end(JSON.stringify(seen));
    };
    buffer(request).then(answer, () => response.destroy());
  });
  origin.listen(0, '127.0.0.1');
  await once(origin, 'listening');
});
afterEach(async () => {
  await client.tunnel.stop(0);
  await to.close();
  origin.closeAllConnections();
  origin.close();
});

/** A device whose gateway publishes the internal service. */
async function start(options: Partial<TunnelClientOptions>): Promise<void> {
  const token = decodeToken(to.relay.createToken('acme', 60_000));
  const facts = { hostname: 'h', platform: 'linux', version: '0' };
  const url = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`;
  const gateway = await startGateway({
    targets: [{ id: 'a', url }],
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
  client = startClient(await enrol({ token, facts }), {
    handleStream: gateway.handleStream,
    ...options,
  });
  client.tunnel.connect();
  await client.until(({ state }) => state.phase === 'online' && state.sessions.live === 2);
  await expect.poll(async () => (await h1(to, { path: '/' })).status).toBe(200);
}

/** Bytes that a request took on the wire between relay and client, and what came of it. */
async function measured(
  call: Omit<PublicCall, 'path'>,
  get: typeof h1 = h1,
): Promise<{ received: number; seen: Seen }> {
  const before = client.tunnel.stats().bytes.received;
  const answer = await get(to, { path: '/orders?a=%20b', ...call });
  expect(answer.status).toBe(200);
  const received = client.tunnel.stats().bytes.received - before;
  return { received, seen: JSON.parse(answer.body.toString()) as Seen };
}

describe.each([
  ['h2', () => ({})],
  [
    'wss',
    () => ({
      dialer: createDialer({
        protocol: 'wss',
        proxy: async () => ['direct'],
        publicCa: to.publicCa,
        wssEndpoint: () => ({ host: '127.0.0.1', port: to.publicPort }),
      }),
    }),
  ],
])('requests compressed inside %s', (_transport, options) => {
  it.each(bothVersions)('are to a service what the public sent over %s', async (_, get) => {
    await start({ compression: true, ...options() });
    for (const body of [order(60), order(1_500), order(40_000)]) {
      const headers = { ...json, 'content-length': String(body.length), 'x-mine': '1, 2' };
      const { received, seen } = await measured({ body, headers, method: 'PUT' }, get);
      expect(seen).toMatchObject({
        method: 'PUT',
        path: '/orders?a=%20b',
        length: body.length,
        hash: sha256(body),
      });
      expect(seen.headers).toMatchObject(headers);
      expect(seen.headers['transfer-encoding']).toBe(undefined);
      expect(seen.headers['content-encoding']).toBe(undefined);
      expect(Object.keys(seen.headers).filter((name) => name.startsWith('x-causeway'))).toEqual([]);
      expect(received).toBeLessThan(body.length / 2 + 1_000);
    }
  });

  it('come through without a length, and where they hardly shrink', async () => {
    await start({ compression: true, ...options() });
    const body = Buffer.from(randomBytes(3 << 20).toString('base64'));
    const { received, seen } = await measured({
      body,
      chunked: true,
      headers: { 'content-type': 'text/plain', 'transfer-encoding': 'chunked' },
    });
    expect(seen).toMatchObject({ length: body.length, hash: sha256(body) });
    expect(seen.headers['content-length']).toBe(undefined);
    expect(received).toBeLessThan(body.length * 0.8);
  });
});

describe('what crosses as it is', () => {
  it.each([
    ['a small body', true, Buffer.alloc(1_000, 'a'), json],
    ['what is compressed', true, gzipSync(randomBytes(50_000)), { 'content-type': 'image/png' }],
    ['what has a coding', true, gzipSync(order(3_000)), { ...json, 'content-encoding': 'gzip' }],
    ['what must stay as it is', true, order(3_000), { ...json, 'cache-control': 'no-transform' }],
    ['everything, unless it is asked for', false, order(3_000), json],
  ])('%s', async (_, compression, body, headers) => {
    await start({ compression });
    const { received, seen } = await measured({ body, headers });
    expect(seen).toMatchObject({ length: body.length, hash: sha256(body) });
    expect(seen.headers['content-length']).toBe(String(body.length));
    expect(received).toBeGreaterThan(body.length);
  });
});

it('a relay that knows nothing of it is spoken to as before', async () => {
  const peer = await startPeer();
  onTestFinished(() => peer.close());
  client = startClient(peer.identity(), {
    compression: true,
    handleStream: onDuplex((stream) => {
      stream.respond({ ':status': 200 });
      stream.pipe(stream);
    }),
  });
  client.tunnel.connect();
  await peer.until(() => peer.attached.length > 0);
  const [{ session } = { session: null }] = peer.attached;
  const request = session?.request({ ':method': 'POST', ':path': '/', ...json });
  request?.end(order(500));
  expect(await jsonOf(request as NonNullable<typeof request>)).toHaveLength(500);
});

describe('a relay whose coding is broken', () => {
  it.each([
    ['garbage', randomBytes(2_000), 5_000],
    ['a part', gzipSync(order(3_000)).subarray(0, 1_000), order(3_000).length],
    ['a bomb', gzipSync(Buffer.alloc(128 << 20)), 5_000],
  ])('gets the stream reset, and no service a whole body: %s', async (_, bytes, length) => {
    const peer = await startPeer();
    onTestFinished(() => peer.close());
    let taken: Readable | null = null;
    let ended = false;
    let read = 0;
    client = startClient(peer.identity(), {
      compression: true,
      handleStream: (_stream, _headers, body) => {
        taken = body ?? null;
        body?.on('data', (piece: Buffer) => (read += piece.length));
        body?.once('end', () => (ended = true));
      },
    });
    client.tunnel.connect();
    await peer.until(() => peer.attached.length > 0);
    const request = peer.attached[0]?.session.request({
      ':method': 'POST',
      ':path': '/',
      [header.coding]: 'gzip',
      [header.length]: String(length),
    });
    const failed = new Promise((resolve) => request?.once('error', resolve));
    request?.end(bytes);
    await failed;
    expect(request?.rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR);
    expect(taken).not.toBe(null);
    expect(ended).toBe(false);
    expect(read).toBeLessThanOrEqual(length);
    // The session carries on.
    expect(client.tunnel.view().state.phase).toBe('online');
  });
});
