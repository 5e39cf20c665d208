import { connect, createServer, type ClientHttp2Session } from 'node:http2';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { UPGRADE_AUTHORITY } from '../../common/tunnel/protocol.ts';
import type { Gateway } from '../types.ts';
import { overNode } from './node-stream.ts';

/** The relay's end of a tunnel whose other end is `gateway`. */
export async function openTunnel(
  gateway: Pick<Gateway, 'handleStream'>,
): Promise<ClientHttp2Session> {
  const h2 = createServer();
  h2.on('stream', (stream, headers) => gateway.handleStream(overNode(stream), headers));
  const sockets = new Set<Socket>();
  const tcp = createTcpServer((socket) => {
    sockets.add(socket);
    h2.emit('connection', socket);
  });
  await new Promise<void>((resolve) => {
    tcp.listen(0, '127.0.0.1', resolve);
  });
  const session = connect(`http://127.0.0.1:${(tcp.address() as AddressInfo).port}`);
  session.on('error', () => undefined);
  onTestFinished(() => {
    session.destroy();
    for (const socket of sockets) socket.destroy();
    tcp.close();
  });
  return session;
}

export interface TunnelAnswer {
  readonly status: number;
  readonly headers: Record<string, string | string[]>;
  readonly body: Buffer;
}

/** One request through the tunnel. Throws where the stream was reset. */
export async function viaTunnel(
  session: ClientHttp2Session,
  headers: Record<string, string | string[]>,
  body?: string | Buffer,
): Promise<TunnelAnswer> {
  const stream = session.request(
    { ':method': body === undefined ? 'GET' : 'POST', ...headers },
    { endStream: body === undefined },
  );
  let got: Record<string, unknown> = {};
  stream.on('response', (response) => {
    got = response;
  });
  if (body !== undefined) stream.end(body);
  const answer = await buffer(stream);
  const { ':status': status, ...rest } = got;
  if (status === undefined) throw new Error(`the stream was reset: ${stream.rstCode}`);
  return { status: Number(status), headers: { ...rest } as TunnelAnswer['headers'], body: answer };
}

/** A CONNECT stream on which HTTP/1.1 is spoken, as the relay carries upgrades. */
export function openUpgrade(session: ClientHttp2Session): Promise<Duplex> {
  const stream = session.request(
    { ':method': 'CONNECT', ':authority': UPGRADE_AUTHORITY },
    { endStream: false },
  );
  return new Promise((resolve, reject) => {
    stream.once('response', () => resolve(stream));
    stream.once('error', reject);
  });
}
