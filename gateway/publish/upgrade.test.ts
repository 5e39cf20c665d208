import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { startFaulty } from '../testing/pool.ts';
import { publish, startOrigin } from '../testing/service.ts';
import { openTunnel, openUpgrade } from '../testing/tunnel.ts';
import type { Gateway } from '../types.ts';

describe('a WebSocket of a service', () => {
  async function connect(gateway: Gateway, path = '/shop/live'): Promise<WebSocket> {
    const stream = await openUpgrade(await openTunnel(gateway));
    const socket = new WebSocket(`ws://shop.example${path}`, ['chat.v1'], {
      createConnection: () =>
        Object.assign(stream, {
          setTimeout: () => stream,
          setNoDelay: () => stream,
          setKeepAlive: () => stream,
        }) as never,
    });
    socket.on('error', () => undefined);
    onTestFinished(() => socket.terminate());
    return socket;
  }

  it('is passed through with its subprotocol, both ways, until either side ends it', async () => {
    const url = await startOrigin((_request, response) => response.end());
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    onTestFinished(() => server.close());
    const paths: (string | undefined)[] = [];
    server.on('connection', (peer, request) => {
      paths.push(request.url);
      peer.on('message', (data, isBinary) => peer.send(data, { binary: isBinary }));
    });
    const gateway = await publish(
      [`http://127.0.0.1:${(server.address() as AddressInfo).port}`, url],
      { targets: [{ id: 'a' }] },
    );
    const socket = await connect(gateway);
    await once(socket, 'open');
    expect(socket.protocol).toBe('chat.v1');
    const big = Buffer.alloc(3 << 20, 7);
    socket.send(big);
    const [echo] = (await once(socket, 'message')) as [Buffer];
    expect(echo.equals(big)).toBe(true);
    expect(paths).toEqual(['/shop/live']);
    expect(gateway.targetHealth().get('a')?.inFlight).toBe(1);
    for (const peer of server.clients) peer.close(4001, 'over');
    expect(((await once(socket, 'close')) as [number])[0]).toBe(4001);
    await expect.poll(() => gateway.targetHealth().get('a')?.inFlight).toBe(0);
  });

  it('that the service refuses is answered with its own answer', async () => {
    const url = await startOrigin((_request, response) => response.end());
    const server = createServer().on('upgrade', (_request, peer) =>
      peer.end(
        'HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Basic\r\ncontent-length: 2\r\n\r\nno',
      ),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const refusing = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const socket = await connect(await publish([refusing, url], { targets: [{ id: 'a' }] }));
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
    expect([
      response.statusCode,
      response.headers['www-authenticate'],
      await text(response),
    ]).toEqual([401, 'Basic', 'no']);
  });

  it('goes round a target that is not there, and says 502 where nobody is', async () => {
    const gone = await startFaulty('refuse');
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    onTestFinished(() => server.close());
    const there = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await once(await connect(await publish([gone.url, there])), 'open');
    const socket = await connect(await publish([gone.url]));
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
    expect([response.statusCode, response.headers['x-causeway-source']]).toEqual([502, 'agent']);
  });

  it('is refused where the service takes none, and counted while it is open where it does', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    onTestFinished(() => server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const closed = await connect(await publish([url], { websocket: false }));
    const [, response] = (await once(closed, 'unexpected-response')) as [unknown, IncomingMessage];
    expect([response.statusCode, response.headers['x-causeway-error']]).toEqual([403, 'FORBIDDEN']);
    const gateway = await publish([url]);
    const socket = await connect(gateway);
    await once(socket, 'open');
    expect(gateway.serviceFigures().get('shop')).toMatchObject({ sockets: 1, open: 0 });
    socket.close();
    await expect.poll(() => gateway.serviceFigures().get('shop')?.sockets).toBe(0);
  });
});
