import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';

/** An HTTP CONNECT proxy as companies run them. */
export interface ConnectProxy {
  readonly port: number;
  /** CONNECTs that were asked for, those without or with wrong credentials as well. */
  asked(): number;
  /** Those with credentials that are not the right ones: what an account is locked by. */
  wrong(): number;
  /** Ends every tunnel through it. */
  drop(): void;
  /** Answers every CONNECT with this status from now on; null lets them pass. */
  refuse(status: number | null): void;
  close(): Promise<void>;
}

export interface ConnectProxyOptions {
  /** `user:password` it asks for (Basic, RFC 7617); nobody is asked where it is left out. */
  readonly credentials?: string;
  /** Ends TLS itself with this certificate and reads along, as inspecting proxies do. */
  readonly inspectsWith?: { readonly cert: string; readonly key: string };
}

export async function openConnectProxy(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const sockets = new Set<Socket>();
  let count = 0;
  let wrong = 0;
  let status: number | null = null;
  const expected =
    options.credentials === undefined
      ? null
      : `Basic ${Buffer.from(options.credentials).toString('base64')}`;
  const server = http.createServer((_request, response) => response.writeHead(400).end());
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  server.on('connect', (request: http.IncomingMessage, client: Duplex, head: Buffer) => {
    count += 1;
    client.on('error', () => undefined);
    if (status !== null) {
      client.end(`HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const shown = request.headers['proxy-authorization'];
    if (expected !== null && shown !== expected) {
      if (shown !== undefined) wrong += 1;
      client.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="p"\r\nContent-Length: 0\r\n\r\n',
      );
      return;
    }
    const [host = '', port = ''] = (request.url ?? '').split(':');
    const target = net.connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      if (options.inspectsWith === undefined) {
        target.write(head);
        client.pipe(target).pipe(client);
        return;
      }
      // Takes whatever ALPN is asked for, so that only the certificate gives it away.
      const inside = new tls.TLSSocket(client, {
        isServer: true,
        ...options.inspectsWith,
        ALPNCallback: ({ protocols }) => protocols[0],
      });
      inside.on('error', () => undefined);
    });
    target.on('error', () => client.destroy());
    client.on('close', () => target.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    asked: () => count,
    wrong: () => wrong,
    drop: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    refuse: (next) => (status = next),
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
