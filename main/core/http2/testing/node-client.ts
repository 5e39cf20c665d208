import { once } from 'node:events';
import http2, {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { buffer } from 'node:stream/consumers';
import { connectedSockets } from '../../../../tests/support/http2/sockets.ts';
import type { TunnelStream } from '../../../../gateway/types.ts';
import { startServerSession, type ServerSession } from '../server-session.ts';
import { usual } from './raw-client.ts';

export interface NodeClient {
  /** The session as node:http2 (nghttp2) sees it. */
  readonly peer: ClientHttp2Session;
  readonly session: ServerSession;
  readonly defects: readonly unknown[];
  stop(): void;
}

/** A session whose client is node:http2, over a real connection; it knows our settings. */
export async function startNodeClient(
  onStream: (stream: TunnelStream, headers: IncomingHttpHeaders) => void,
  options: Partial<typeof usual> = {},
  settings: http2.Settings = {},
): Promise<NodeClient> {
  const { near, far } = await connectedSockets(false);
  const defects: unknown[] = [];
  const session = startServerSession(near, {
    ...usual,
    ...options,
    onStream,
    onDefect: (error) => defects.push(error),
  });
  const peer = http2.connect('http://agent', { createConnection: () => far, settings });
  peer.on('error', () => undefined);
  await once(peer, 'remoteSettings');
  return {
    peer,
    session,
    defects,
    stop: () => {
      peer.destroy();
      near.destroy();
    },
  };
}

export interface NodeAnswer {
  readonly status: number;
  readonly head: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The whole answer; rejects with the code of a stream that breaks off. */
export async function answerTo(stream: ClientHttp2Stream): Promise<NodeAnswer> {
  let head: IncomingHttpHeaders = {};
  stream.on('response', (fields) => (head = fields));
  stream.on('error', () => undefined);
  const closed = once(stream, 'close').catch(() => undefined);
  const body = await buffer(stream).catch(() => null);
  await closed;
  if (body === null || stream.rstCode !== 0) throw new Error(`broken off with ${stream.rstCode}`);
  return { status: Number(head[':status']), head, body };
}

/** A request and its whole answer. */
export function ask(
  { peer }: Pick<NodeClient, 'peer'>,
  fields: OutgoingHttpHeaders,
  body?: Buffer,
): Promise<NodeAnswer> {
  const method = body === undefined ? 'GET' : 'POST';
  const stream = peer.request({ ':method': method, ...fields }, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  return answerTo(stream);
}
