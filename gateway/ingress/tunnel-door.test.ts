import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { WebSocket, type RawData } from 'ws';
import { header, UPGRADE_AUTHORITY } from '../../common/tunnel/protocol.ts';
import { DATABASE_FILE } from '../inbox/schema.ts';
import {
  API_KEY,
  json,
  rowWhere,
  SEND_KEY,
  startGateway,
  startTarget,
  tempDir,
} from '../testing/harness.ts';
import { openTunnel } from '../testing/tunnel.ts';
import {
  appBot,
  newKeys,
  openReply,
  signCallback,
  signEcho,
  textMessage,
} from '../testing/wecom-client.ts';

const keys = newKeys('ww1');
const path = '/wecom/callback/app';

interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: string;
}

/** One request; the reset's code where the stream was cut. */
async function fetchVia(
  session: ClientHttp2Session,
  headers: Record<string, string>,
  body?: string | Buffer,
): Promise<Answer | number> {
  const stream = session.request({ ':method': body === undefined ? 'GET' : 'POST', ...headers });
  let got: Record<string, unknown> = {};
  stream.on('response', (response) => {
    got = response;
  });
  stream.on('error', () => undefined);
  const closed = new Promise((resolve) => stream.once('close', resolve));
  stream.end(body);
  const answer = await text(stream).catch(() => '');
  await closed;
  if (got[':status'] === undefined) return stream.rstCode;
  return { status: Number(got[':status']), headers: got, body: answer };
}

describe('callbacks through the tunnel', () => {
  it('are answered with the encrypted reply and keep the relay’s trace and time', async () => {
    const service = await startTarget((response) =>
      json(response, { reply: { type: 'text', content: 'pong' } }),
    );
    const gateway = await startGateway({
      bots: [appBot(keys, { target: 'svc' })],
      targets: [{ id: 'svc', url: service.url }],
    });
    const session = await openTunnel(gateway);
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const { target, body } = signCallback(keys, { path, plaintext: textMessage('ping') });
    const sentAt = Date.now() - 20;
    const answer = await fetchVia(
      session,
      { ':path': target, [header.trace]: trace, [header.receivedAt]: String(sentAt) },
      body,
    );
    if (typeof answer === 'number') throw new Error('the stream was reset');
    expect(answer.status).toBe(200);
    expect(answer.headers['x-causeway-source']).toBe('agent');
    expect(openReply(keys, answer.body)).toContain('pong');
    expect(service.heard[0]?.headers['traceparent']).toContain(trace);
    const row = await rowWhere(gateway, (row) => row.outcome === 'replied');
    expect(gateway.getMessage(row.id).spans.tunnelMs).toBeGreaterThanOrEqual(20);
  });

  it('answer the address check, health and nothing else', async () => {
    const gateway = await startGateway({ bots: [appBot(keys)] });
    const session = await openTunnel(gateway);
    const echo = await fetchVia(session, { ':path': signEcho(keys, path, 'echo') });
    expect(echo).toMatchObject({ status: 200, body: 'echo' });
    const health = await fetchVia(session, { ':path': '/api/health' });
    expect(health).toMatchObject({ status: 200 });
    for (const closed of ['/metrics', '/api/messages', '/', '/wecom/callbackx']) {
      expect(await fetchVia(session, { ':path': closed })).toMatchObject({ status: 404 });
    }
  });

  it('reset the stream when they cannot be stored', async () => {
    const dataDir = await tempDir();
    const gateway = await startGateway({ bots: [appBot(keys)] }, { dataDir });
    const session = await openTunnel(gateway);
    const locker = new Database(join(dataDir, DATABASE_FILE));
    locker.exec('BEGIN IMMEDIATE');
    const { target, body } = signCallback(keys, { path, plaintext: textMessage('x') });
    expect(await fetchVia(session, { ':path': target }, body)).toBe(2);
    locker.close();
    expect(await fetchVia(session, { ':path': target }, body)).toMatchObject({ status: 200 });
  });

  it('refuse too long a body with 413 and go on with the session', async () => {
    const gateway = await startGateway({ bots: [appBot(keys)] });
    const session = await openTunnel(gateway);
    const { target, body } = signCallback(keys, { path, plaintext: textMessage('x') });
    const long = await fetchVia(session, { ':path': target }, Buffer.alloc(3 << 20, 'a'));
    expect(long).toMatchObject({ status: 413 });
    expect(await fetchVia(session, { ':path': target }, body)).toMatchObject({ status: 200 });
  });

  it('survive a relay that goes away in the middle', async () => {
    const gateway = await startGateway({ bots: [appBot(keys)] });
    const first = await openTunnel(gateway);
    const { target, body } = signCallback(keys, { path, plaintext: textMessage('x') });
    const broken = first.request({ ':method': 'POST', ':path': target });
    broken.on('error', () => undefined);
    broken.write(body.slice(0, 10));
    await new Promise((resolve) => setImmediate(resolve));
    first.destroy();
    const second = await openTunnel(gateway);
    expect(await fetchVia(second, { ':path': target }, body)).toMatchObject({ status: 200 });
  });

  it('are refused unprocessed once the gateway closes', async () => {
    const gateway = await startGateway({ bots: [appBot(keys)] });
    const session = await openTunnel(gateway);
    await fetchVia(session, { ':path': '/api/health' });
    await gateway.close();
    const { target, body } = signCallback(keys, { path, plaintext: textMessage('x') });
    expect(await fetchVia(session, { ':path': target }, body)).toBe(7);
  });
});

/** The upgrade as the relay sends it: HTTP/1.1 inside a CONNECT stream. */
async function upgradeVia(
  session: ClientHttp2Session,
  url: string,
  options: { headers?: Record<string, string>; protocols?: string[] },
): Promise<WebSocket> {
  const stream: ClientHttp2Stream = session.request({
    ':method': 'CONNECT',
    ':authority': UPGRADE_AUTHORITY,
  });
  stream.on('error', () => undefined);
  await new Promise((resolve, reject) => {
    stream.once('response', resolve);
    stream.once('error', reject);
  });
  const socket = Object.assign(stream, { setNoDelay: () => stream, setKeepAlive: () => stream });
  return new WebSocket(`ws://bot.example.com${url}`, options.protocols ?? [], {
    headers: options.headers ?? {},
    createConnection: (): Duplex => socket,
  });
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.from(data as Buffer).toString('utf8');
}

/** Resolves with `open`, or the status of the refusal. */
function opened(socket: WebSocket): Promise<'open' | number> {
  return new Promise((resolve) => {
    socket.once('open', () => resolve('open'));
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.on('error', () => undefined);
  });
}

describe('WebSocket over CONNECT', () => {
  it('brings every message to whoever has a key with the scope read', async () => {
    const gateway = await startGateway({ bots: [appBot(keys)] });
    const session = await openTunnel(gateway);
    const authorization = `Bearer ${API_KEY}`;
    const byHeader = await upgradeVia(session, '/api/ws', { headers: { authorization } });
    const byProtocol = await upgradeVia(session, '/api/ws', {
      protocols: ['causeway.v1', `causeway.key.${API_KEY}`],
    });
    const local = new WebSocket(`${gateway.address.replace('http', 'ws')}/api/ws`, {
      headers: { authorization },
    });
    const all = [byHeader, byProtocol, local];
    expect(await Promise.all(all.map(opened))).toEqual(['open', 'open', 'open']);
    expect(byProtocol.protocol).toBe('causeway.v1');
    const frames = all.map(
      (socket) =>
        new Promise<string>((resolve) => socket.once('message', (d) => resolve(textOf(d)))),
    );
    const { target, body } = signCallback(keys, { path, plaintext: textMessage('你好 😀') });
    await fetchVia(session, { ':path': target }, body);
    for (const frame of await Promise.all(frames)) {
      expect(JSON.parse(frame)).toMatchObject({
        type: 'message',
        message: { bot: 'app', type: 'text', content: { content: '你好 😀' } },
      });
    }
    const goodbyes = all.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    await gateway.close();
    expect(await Promise.all(goodbyes)).toEqual([1001, 1001, 1001]);
  });

  it('is refused without a key, with one of another scope, and on other paths', async () => {
    const gateway = await startGateway({});
    const session = await openTunnel(gateway);
    const refused = async (url: string, key?: string): Promise<'open' | number> => {
      const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
      return opened(await upgradeVia(session, url, { headers }));
    };
    expect(await refused('/api/ws')).toBe(401);
    expect(await refused('/api/ws', 'cwk_wrong')).toBe(401);
    expect(await refused('/api/ws', SEND_KEY)).toBe(403);
    expect(await refused('/', API_KEY)).toBe(404);
  });
});
