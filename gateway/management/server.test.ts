import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { request } from 'undici';
import { expect, it, onTestFinished } from 'vitest';
import {
  answered,
  API_KEY,
  json,
  startGateway,
  startTarget,
  testConfig,
} from '../testing/harness.ts';
import { appBot, newKeys, openReply, signCallback, textMessage } from '../testing/wecom-client.ts';

const compression = { enabled: true, minSize: 1024, level: 6 };

async function dial(address: string): Promise<Socket> {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

it('max_connections: the one too many is closed, and taken once another has gone', async () => {
  const gateway = await startGateway({ maxConnections: 3 });
  const sockets = [];
  for (let count = 0; count < 3; count += 1) sockets.push(await dial(gateway.address));
  const surplus = await dial(gateway.address);
  await once(surplus, 'close');
  expect(sockets.map(({ destroyed }) => destroyed)).toEqual([false, false, false]);
  sockets[0]?.destroy();
  await expect
    .poll(
      async () =>
        (await request(`${gateway.address}/api/health`, { reset: true }).catch(() => null))
          ?.statusCode,
    )
    .toBe(200);
});

it('max_connections can be changed while it runs', async () => {
  const gateway = await startGateway({ maxConnections: 1 });
  const first = await dial(gateway.address);
  await once(await dial(gateway.address), 'close');
  gateway.reconfigure(testConfig({ maxConnections: 2 }));
  const second = await dial(gateway.address);
  second.write('GET /api/health HTTP/1.1\r\nhost: localhost\r\n\r\n');
  expect(String(((await once(second, 'data')) as [Buffer])[0])).toContain('200 OK');
  expect(first.destroyed).toBe(false);
});

it('compresses long answers where the client takes it', async () => {
  const gateway = await startGateway({ compression });
  const get = (path: string, encoding: string) =>
    request(gateway.address + path, {
      headers: { 'accept-encoding': encoding, authorization: `Bearer ${API_KEY}` },
    });
  const plain = await get('/api/openapi.json', 'identity');
  const text = await plain.body.text();
  expect(plain.headers['content-encoding']).toBeUndefined();
  const packed = await get('/api/openapi.json', 'gzip');
  const bytes = Buffer.from(await packed.body.arrayBuffer());
  expect(packed.headers).toMatchObject({
    'content-encoding': 'gzip',
    vary: 'accept-encoding',
    'content-length': String(bytes.length),
  });
  expect(gunzipSync(bytes).toString()).toBe(text);
  expect(bytes.length).toBeLessThan(text.length / 3);
  const short = await get('/api/health', 'gzip');
  expect(short.headers['content-encoding']).toBeUndefined();
  await short.body.dump();
  const metrics = await get('/metrics', 'identity');
  expect(await metrics.body.text()).toContain(
    'gateway_response_compressed_total{encoding="gzip"} 1',
  );
});

it('never compresses the answer to a callback', async () => {
  const keys = newKeys('ww1');
  const service = await startTarget((response) =>
    json(response, { reply: { type: 'text', content: '长'.repeat(600) } }),
  );
  const gateway = await startGateway({
    bots: [appBot(keys, { target: 'svc' })],
    targets: [{ id: 'svc', url: service.url }],
    compression: { ...compression, minSize: 0 },
  });
  const { target, body } = signCallback(keys, {
    path: '/wecom/callback/app',
    plaintext: textMessage('x'),
  });
  const answer = await answered(gateway, target, { body, headers: { 'accept-encoding': 'gzip' } });
  expect(answer.headers['content-encoding']).toBeUndefined();
  expect(openReply(keys, answer.body)).toContain('长长');
});

it('refuses in one form, also what is no request that a route could take', async () => {
  const gateway = await startGateway({});
  const codes = async (target: string, headers = {}): Promise<unknown> => {
    const { status, body } = await answered(gateway, target, { headers });
    return [status, (JSON.parse(body) as { error: { code: unknown } }).error.code];
  };
  expect(await codes('/api/messages/%zz')).toEqual([400, 'BAD_INPUT']);
  expect(await codes(`/api/messages/${'x'.repeat(600)}`)).toEqual([400, 'BAD_INPUT']);
  expect(await codes('/api/health', { 'x-long': 'x'.repeat(20_000) })).toEqual([
    431,
    'HEADERS_TOO_LARGE',
  ]);
  const socket = await dial(gateway.address);
  socket.write('this is no HTTP\r\n\r\n');
  const answer = await text(socket);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toEqual({
    error: { code: 'BAD_INPUT', params: {} },
  });
});
