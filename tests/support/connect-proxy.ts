import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';

/** An HTTP proxy that serves CONNECT (RFC 9110 §9.3.6) to any address, as a company's would. */
export interface ConnectProxy {
  readonly port: number;
  /** `host:port` of each CONNECT, with what it authorised itself by. */
  readonly asked: readonly { readonly authority: string; readonly authorization: string | null }[];
  /** Connections that are joined now. */
  readonly open: () => number;
  /** Answers every CONNECT with this status from now on; null serves. */
  refuse(status: number | null): void;
  /** Ends every connection. */
  drop(): void;
  close(): Promise<void>;
}

/** `login` is `user:password`; without it nobody is asked. */
export async function startConnectProxy(login?: string): Promise<ConnectProxy> {
  const asked: { authority: string; authorization: string | null }[] = [];
  const joined = new Set<Socket>();
  let refusal: number | null = null;
  const expected = login === undefined ? null : `Basic ${Buffer.from(login).toString('base64')}`;
  const server = http.createServer((_request, response) => response.writeHead(405).end());
  server.on('connect', (request, near, early: Buffer) => {
    const authority = request.url ?? '';
    const authorization = request.headers['proxy-authorization'] ?? null;
    asked.push({ authority, authorization });
    near.on('error', () => near.destroy());
    if (refusal !== null) {
      near.end(`HTTP/1.1 ${refusal} Refused\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    if (expected !== null && authorization !== expected) {
      const body = 'log in first';
      near.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Negotiate\r\n' +
          `Proxy-Authenticate: Basic realm="test"\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
      return;
    }
    const { hostname, port } = new URL(`tcp://${authority}`);
    const far = net.connect(Number(port), hostname, () => {
      near.write('HTTP/1.1 200 Connection established\r\n\r\n');
      if (early.length > 0) far.write(early);
      near.pipe(far);
      far.pipe(near);
    });
    far.on('error', () => near.destroy());
    for (const socket of [near as Socket, far]) {
      joined.add(socket);
      socket.once('close', () => joined.delete(socket));
    }
    near.once('close', () => far.destroy());
    far.once('close', () => near.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const drop = (): void => {
    for (const socket of joined) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    open: () => joined.size / 2,
    refuse: (status) => {
      refusal = status;
    },
    drop,
    close: async () => {
      drop();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
