import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import tls, { type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { upgradeServer } from '../testing/peer.ts';
import { h1 } from '../testing/public.ts';
import { startRelay, type TestRelay } from '../testing/relay.ts';

let to: TestRelay;
afterEach(async () => {
  await to.close();
});

const notFound = upgradeServer((_request, response) => {
  response.writeHead(404, { 'content-length': 9 }).end('not found');
});

function webSocket(path = '/api/ws', host = 'bot.test'): WebSocket {
  return new WebSocket(`wss://127.0.0.1:${to.publicPort}${path}`, {
    ca: to.publicCa,
    headers: { host, 'x-causeway-source': 'forged', 'x-forwarded-for': '6.6.6.6' },
  });
}

async function startEcho(): Promise<{ seen: Record<string, unknown>[] }> {
  to = await startRelay();
  const upgrades = upgradeServer((_request, response) => response.end());
  const server = new WebSocketServer({ server: upgrades });
  const seen: Record<string, unknown>[] = [];
  server.on('connection', (socket, request) => {
    seen.push({ ...request.headers, url: request.url });
    socket.on('message', (data, isBinary) => socket.send(data as Buffer, { binary: isBinary }));
  });
  await to.connect({ upgrades, onStream: () => undefined });
  return { seen };
}

/** A TLS connection to the public port that speaks whatever it is told. */
async function raw(): Promise<TLSSocket> {
  const socket = tls.connect({
    port: to.publicPort,
    host: '127.0.0.1',
    ca: to.publicCa,
    servername: 'bot.test',
    ALPNProtocols: ['http/1.1'],
  });
  socket.allowHalfOpen = true;
  await once(socket, 'secureConnect');
  return socket;
}

async function readAll(socket: TLSSocket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

const handshake = (extra = ''): string =>
  'GET /api/ws HTTP/1.1\r\nHost: bot.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${extra}\r\n`;

describe('WebSocket upgrades', () => {
  it('carries messages both ways, large ones too', async () => {
    const { seen } = await startEcho();
    const socket = webSocket('/api/ws?token=1');
    await once(socket, 'open');
    for (const message of ['hello', '你好', 'x'.repeat(3_000_000)]) {
      socket.send(message);
      const [data] = (await once(socket, 'message')) as [Buffer];
      expect(data.toString()).toBe(message);
    }
    socket.close(1000);
    const [code] = (await once(socket, 'close')) as [number];
    expect(code).toBe(1000);
    expect(seen[0]).toMatchObject({
      url: '/api/ws?token=1',
      host: 'bot.test',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
    });
    expect(seen[0]?.['x-causeway-trace']).toMatch(/^[0-9a-f]{32}$/);
    expect(seen[0]).not.toHaveProperty('x-causeway-source');
  });

  it('ends when the agent goes', async () => {
    to = await startRelay();
    const upgrades = upgradeServer((_request, response) => response.end());
    const server = new WebSocketServer({ server: upgrades });
    const peer = await to.connect({ upgrades, onStream: () => undefined });
    const socket = webSocket();
    await Promise.all([once(socket, 'open'), once(server, 'connection')]);
    peer.close();
    const [code] = (await once(socket, 'close')) as [number];
    expect(code).toBe(1006);
  });

  it('lets each direction end by itself', async () => {
    to = await startRelay();
    const upgrades = upgradeServer(() => undefined);
    upgrades.on('upgrade', (_request, socket) => {
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
      );
      let text = '';
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      // Answers only once the client has ended its direction.
      socket.on('end', () => socket.end(`got ${text}`));
    });
    await to.connect({ upgrades, onStream: () => undefined });
    const socket = await raw();
    socket.write(handshake());
    await once(socket, 'readable');
    socket.end('all of it');
    expect(await readAll(socket)).toContain('got all of it');
  });

  it('passes a refusal on and closes: nothing after it reaches the agent', async () => {
    to = await startRelay();
    let requests = 0;
    const upgrades = upgradeServer((_request, response) => {
      requests += 1;
      response.writeHead(404, { 'content-length': 9 }).end('not found');
    });
    await to.connect({ upgrades, onStream: () => undefined });
    const socket = await raw();
    socket.write(`${handshake()}GET /secret HTTP/1.1\r\nHost: bot.test\r\n\r\n`);
    const text = await readAll(socket);
    expect(text).toMatch(/^HTTP\/1\.1 404 /);
    expect(text).toContain('Connection: close');
    expect(text.slice(-13)).toBe('\r\n\r\nnot found');
    expect(requests).toBe(1);
  });

  it('has places of its own for what is open, so that idle ones keep no request out', async () => {
    to = await startRelay({ limits: { inFlightPerTunnel: 1, webSocketsPerTunnel: 2 } });
    const upgrades = upgradeServer((_request, response) => response.end());
    const server = new WebSocketServer({ server: upgrades });
    await to.connect({
      upgrades,
      onStream: (stream) => stream.respond({ ':status': 204 }, { endStream: true }),
    });
    const idle: WebSocket[] = [];
    expect(server.clients.size).toBe(0);
    for (let n = 0; n < 2; n += 1) {
      const socket = webSocket();
      idle.push(socket);
      await once(socket, 'open');
    }
    expect((await h1(to, { path: '/' })).status).toBe(204);
    const [, refused] = (await once(webSocket(), 'unexpected-response')) as [
      unknown,
      IncomingMessage,
    ];
    expect([refused.statusCode, refused.headers['x-causeway-error']]).toEqual([
      429,
      'RATE_LIMITED',
    ]);
    idle[0]?.close();
    if (idle[0] !== undefined) await once(idle[0], 'close');
    const again = async (): Promise<boolean> =>
      new Promise((resolve) => {
        const socket = webSocket();
        socket.once('open', () => resolve(true));
        socket.once('unexpected-response', () => resolve(false));
      });
    await expect.poll(again).toBe(true);
  });

  it('gives up a client that does not take the refusal', async () => {
    to = await startRelay({ limits: { inFlightPerTunnel: 1, stallMs: 3_000 } });
    const upgrades = upgradeServer((_request, response) => {
      response.writeHead(403, { 'content-length': 64 << 20 });
      const more = (): void => {
        while (response.write(Buffer.alloc(1 << 16)));
      };
      response.on('drain', more);
      more();
    });
    await to.connect({
      upgrades,
      onStream: (stream) => stream.respond({ ':status': 204 }, { endStream: true }),
    });
    const socket = await raw();
    socket.write(handshake());
    socket.pause();
    const status = async (): Promise<number> => (await h1(to, { path: '/' })).status;
    await expect.poll(status).toBe(429);
    await expect.poll(status).toBe(204);
    socket.destroy();
  });

  it('refuses without a session, for an unknown host, and with a body', async () => {
    to = await startRelay();
    for (const [host, status] of [
      ['bot.test', 502],
      ['other.test', 404],
    ] as const) {
      const socket = webSocket('/', host);
      const [error] = (await once(socket, 'error')) as [Error];
      expect(error.message).toContain(String(status));
    }
    const socket = await raw();
    socket.write(handshake('Content-Length: 5\r\n'));
    expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('refuses when the agent takes no upgrades, or answers nonsense', async () => {
    to = await startRelay();
    const peer = await to.connect({ onStream: () => undefined });
    const first = webSocket();
    const [error] = (await once(first, 'error')) as [Error];
    expect(error.message).toContain('502');
    peer.close();
    const upgrades = upgradeServer(() => undefined);
    upgrades.on('upgrade', (_request, socket) => socket.end('no HTTP at all\r\n\r\n'));
    await to.connect({ upgrades, onStream: () => undefined });
    const second = webSocket();
    const [nonsense] = (await once(second, 'error')) as [Error];
    expect(nonsense.message).toContain('502');
  });

  it('treats any other upgrade as an ordinary request', async () => {
    to = await startRelay();
    await to.connect({
      upgrades: notFound,
      onStream: (stream, headers) => {
        stream.respond({ ':status': 200 });
        stream.end(String(headers['upgrade']));
      },
    });
    const socket = await raw();
    socket.write(
      'GET / HTTP/1.1\r\nHost: bot.test\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n',
    );
    const text = await readAll(socket);
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text).toContain('undefined');
  });
});
