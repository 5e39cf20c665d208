import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import net from 'node:net';
import tls from 'node:tls';
import { Agent, type buildConnector } from 'undici';
import { AppError } from '../../../common/errors/app-error.ts';
import { timing } from '../../../common/tunnel/protocol.ts';
import type { Egress } from '../../../gateway/index.ts';
import { refusalOf, RelayRefusal } from './exchange.ts';

/** Far above any refusal. */
const MAX_REFUSAL = 16 * 1024;
/** Streams one host may use at once; the relay allows 256 a device. */
const CONNECTIONS_PER_HOST = 32;

export interface RelayEgress extends Egress {
  /** Runs `work` while no connection uses the control session: those in use end first, new ones wait for its end. */
  handover(work: () => Promise<void>, limitMs: number): Promise<void>;
  /** Lets requests under way finish, for at most `limitMs`. */
  settle(limitMs: number): Promise<void>;
  close(): Promise<void>;
}

export interface EgressOptions {
  /** The session that carries CONNECT streams; null while the tunnel is down. */
  readonly session: () => ClientHttp2Session | null;
  readonly fixedIp: () => string | null;
  /** PEM of further authorities for the far end's certificate; for testing. Default: Node's. */
  readonly ca?: string;
}

/**
 * The way out by the relay's address: each connection is a CONNECT stream (RFC 9113 §8.5) of the control session, and TLS
 * runs inside it from here to the far end, so that the relay sees names and bytes but no content.
 * Connections fail with `AppError`: `TUNNEL_OFFLINE`, `EGRESS_NOT_ALLOWED`, `EGRESS_UNREACHABLE`.
 */
export function createEgress(options: EgressOptions): RelayEgress {
  let gate: Promise<void> | null = null;

  const connect: buildConnector.connector = (target, callback) => {
    void answer(target, callback);
  };
  const makeAgent = (): Agent => new Agent({ connect, connections: CONNECTIONS_PER_HOST });
  let agent = makeAgent();

  const open = async (target: buildConnector.Options): Promise<net.Socket> => {
    if (gate !== null) await gate;
    const session = options.session();
    if (session === null || session.closed || session.destroyed)
      throw new AppError('TUNNEL_OFFLINE');
    const port = Number(target.port) || (target.protocol === 'https:' ? 443 : 80);
    const stream = await connectStream(session, target.hostname, port);
    if (target.protocol !== 'https:') return asSocket(stream);
    return secure(stream, target, options.ca);
  };

  const answer = async (
    target: buildConnector.Options,
    callback: buildConnector.Callback,
  ): Promise<void> => {
    let socket: net.Socket;
    try {
      socket = await open(target);
    } catch (thrown) {
      callback(thrown as Error, null);
      return;
    }
    callback(null, socket);
  };

  const settle = async (limitMs: number): Promise<void> => {
    const old = agent;
    agent = makeAgent();
    const timer = setTimeout(() => void old.destroy().catch(() => undefined), limitMs);
    // Rejects only where the limit destroyed it first.
    await old.close().catch(() => undefined);
    clearTimeout(timer);
  };

  return {
    via: 'relay',
    ip: options.fixedIp,
    dispatcher: () => agent,
    handover: async (work, limitMs) => {
      const done = Promise.withResolvers<void>();
      gate = done.promise;
      try {
        await settle(limitMs);
        await work();
      } finally {
        gate = null;
        done.resolve();
      }
    },
    settle,
    close: async () => {
      await agent.destroy().catch(() => undefined);
    },
  };
}

/** Opens a CONNECT stream. Throws `EGRESS_*` as the relay says, `TUNNEL_OFFLINE` when the session ends. */
function connectStream(
  session: ClientHttp2Session,
  host: string,
  port: number,
): Promise<ClientHttp2Stream> {
  const authority = `${net.isIPv6(host) ? `[${host}]` : host}:${port}`;
  return new Promise((resolve, reject) => {
    const stream = session.request(
      { ':method': 'CONNECT', ':authority': authority },
      { endStream: false },
    );
    const timer = setTimeout(
      () => fail(new AppError('EGRESS_UNREACHABLE', { host, port })),
      timing.dial,
    );
    const settled = (): void => {
      clearTimeout(timer);
      stream.removeListener('close', onClose);
    };
    const fail = (error: Error): void => {
      settled();
      stream.on('error', () => undefined);
      stream.destroy();
      reject(error);
    };
    const onClose = (): void => fail(new AppError('TUNNEL_OFFLINE'));
    stream.on('error', () => undefined);
    stream.once('close', onClose);
    stream.once('response', (headers) => {
      const status = Number(headers[':status']);
      if (status === 200) {
        settled();
        resolve(stream);
      } else void readRefusal(stream, status, { host, port }).then(fail);
    });
  });
}

async function readRefusal(
  stream: ClientHttp2Stream,
  status: number,
  target: { host: string; port: number },
): Promise<AppError> {
  let body = '';
  try {
    for await (const chunk of stream) {
      body += String(chunk);
      if (body.length > MAX_REFUSAL) break;
    }
  } catch {
    // Half a refusal is one as well.
  }
  const refusal = refusalOf(status, body);
  return refusal instanceof RelayRefusal
    ? refusal.error
    : new AppError('EGRESS_UNREACHABLE', target);
}

/** TLS to the far end, inside the stream. The far end's certificate is always checked. */
function secure(
  stream: ClientHttp2Stream,
  target: buildConnector.Options,
  ca: string | undefined,
): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const { hostname } = target;
    const servername = target.servername ?? (net.isIP(hostname) === 0 ? hostname : undefined);
    const socket = tls.connect({
      socket: stream,
      host: hostname,
      ...(servername === undefined ? {} : { servername }),
      ALPNProtocols: ['http/1.1'],
      ...(ca === undefined ? {} : { ca }),
    });
    const fail = (cause: unknown): void => {
      clearTimeout(timer);
      socket.on('error', () => undefined);
      socket.destroy();
      stream.destroy();
      reject(cause instanceof AppError ? cause : unreachable(target, cause));
    };
    const timer = setTimeout(() => fail(unreachable(target, 'deadline')), timing.dial);
    const onClose = (): void => fail(new AppError('TUNNEL_OFFLINE'));
    socket.once('error', fail);
    socket.once('close', onClose);
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      socket.removeListener('error', fail);
      socket.removeListener('close', onClose);
      resolve(socket);
    });
  });
}

function unreachable(target: buildConnector.Options, cause: unknown): AppError {
  const params = { host: target.hostname, port: Number(target.port) || 443 };
  return new AppError('EGRESS_UNREACHABLE', params, { cause });
}

/** A stream in the shape that undici asks of a socket; a stream of a session has no handle of its own to count. */
function asSocket(stream: ClientHttp2Stream): net.Socket {
  return Object.assign(stream, {
    ref: () => stream,
    unref: () => stream,
    setNoDelay: () => stream,
    setKeepAlive: () => stream,
  }) as unknown as net.Socket;
}
