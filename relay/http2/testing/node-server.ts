import { once } from 'node:events';
import http2, {
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from 'node:http2';
import net, { type AddressInfo } from 'node:net';
import { startClientSession, type ClientSession } from '../client-session.ts';
import type { ClientStream } from '../client-stream.ts';
import type { ResponseHead } from '../request-stream.ts';
import { smallWindows } from './raw-peer.ts';

export interface NodeServer {
  readonly session: ClientSession;
  /** The same session as node:http2 (nghttp2) sees it. */
  readonly peer: ServerHttp2Session;
  readonly server: Http2Server;
  readonly defects: readonly unknown[];
  stop(): void;
}

/** A session to a server of node:http2, over a real connection. */
export async function startNodeServer(
  onStream: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void,
  options: ServerOptions = {},
): Promise<NodeServer> {
  const server = http2.createServer(options);
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    onStream(stream, headers);
  });
  server.on('sessionError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'session') as Promise<[ServerHttp2Session]>;
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  const defects: unknown[] = [];
  const session = startClientSession(socket, {
    ...smallWindows,
    onDefect: (error) => defects.push(error),
  });
  const [peer] = await accepted;
  return {
    session,
    peer,
    server,
    defects,
    stop: () => {
      socket.destroy();
      server.close();
    },
  };
}

export interface Answer {
  readonly head: ResponseHead;
  readonly trailers: IncomingHttpHeaders | null;
  readonly body: Buffer;
}

/** The whole answer; rejects with the code of a stream that breaks off. */
export function answerOf(stream: ClientStream): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let head: ResponseHead = {};
    let trailers: IncomingHttpHeaders | null = null;
    let whole = false;
    const chunks: Buffer[] = [];
    stream.on('error', reject);
    stream.on('response', (fields) => (head = fields));
    stream.on('trailers', (fields) => (trailers = fields));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => (whole = true));
    stream.on('close', () => {
      if (whole) resolve({ head, trailers, body: Buffer.concat(chunks) });
      else reject(new Error(`broken off with ${stream.rstCode}`));
    });
  });
}

export function request(method: string, path = '/'): Record<string, string> {
  return { ':method': method, ':scheme': 'https', ':authority': 'agent', ':path': path };
}
