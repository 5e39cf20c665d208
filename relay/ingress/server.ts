import type { IncomingMessage, ServerOptions } from 'node:http';
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Logger } from '../../common/domain/log.ts';
import { listenOn } from '../listen.ts';
import type { Metrics } from '../metrics.ts';
import type { DataSession } from '../registry/data-session.ts';
import type { Listen } from '../types.ts';
import { ownAnswer, rawAnswer } from './answer.ts';
import { createExchange, type PublicRequest, type PublicResponse } from './exchange.ts';
import { forward } from './forward.ts';
import { passGates, type Gate } from './gate.ts';
import { createLoad } from './load.ts';
import type { Watch } from './passage.ts';
import type { IngressLimits } from './limits.ts';
import { headerSize, requestHead, type RequestHead } from './request-head.ts';
import { forwardUpgrade, refuseUpgrade } from './upgrade.ts';

/** Certificate chain (leaf first) and key, PEM. */
export interface PublicTls {
  readonly cert: string;
  readonly key: string;
}

export interface IngressOptions {
  readonly listen: Listen;
  readonly tls: PublicTls;
  readonly limits: IngressLimits;
  readonly gates: readonly Gate[];
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly now: () => number;
  readonly watch: Watch;
  /** Tunnel of an authority; null for an unknown host. */
  readonly find: (authority: string) => string | null;
  readonly pick: (tunnel: string, except?: DataSession) => DataSession | null;
  /** Asks every session of a tunnel for life; those that do not answer in time are destroyed. */
  readonly probe: (tunnel: string, deadlineMs: number) => void;
}

export interface Ingress {
  readonly address: AddressInfo;
  /** Public requests that have no complete answer yet. */
  readonly inFlight: () => number;
  /** Connections from now on get this certificate; those that are open keep theirs. */
  readonly reloadTls: (tls: PublicTls) => void;
  /** Takes no new connection, and lets the open requests finish: each is the last of its connection. */
  readonly stop: () => void;
  /** Ends every connection once what was written to it has left; what takes longer than a moment is cut. */
  readonly close: () => Promise<void>;
}

/** How long the last bytes of answers may take to leave, milliseconds. */
const FLUSH_MS = 250;

/** The public side: HTTPS with HTTP/1.1 and HTTP/2, host by host into the tunnels. */
export async function openIngress(options: IngressOptions): Promise<Ingress> {
  const { limits, metrics } = options;
  const load = createLoad(limits.inFlightPerTunnel);
  const server = createServer(options);
  const sockets = new Set<Socket>();
  const secured = new Set<TLSSocket>();
  const sessions = new Set<ServerHttp2Session>();
  let stopping = false;
  // Not `events.once`: it rejects when the port is taken, and nobody waits for it then.
  const closed = new Promise<void>((resolve) => {
    server.once('close', resolve);
  });
  server.on('connection', (socket: Socket) => keepUntilClosed(sockets, socket));
  server.on('secureConnection', (socket) => keepUntilClosed(secured, socket));
  server.on('session', (session) => keepUntilClosed(sessions, session));

  server.on('request', (request: PublicRequest, response: PublicResponse) => {
    if (stopping && 'shouldKeepAlive' in response) response.shouldKeepAlive = false;
    const head = readHead(request, options.now());
    const exchange = createExchange(head, request, response, metrics, options.watch(head));
    if (!isWellFormed(head)) {
      exchange.refuse(400, 'BAD_INPUT');
      return;
    }
    if (headerSize(head.headers) > limits.headerBytes) {
      exchange.refuse(431, 'HEADERS_TOO_LARGE');
      return;
    }
    const tunnel = options.find(head.authority);
    if (tunnel === null) {
      exchange.refuse(404, 'UNKNOWN_HOST');
      return;
    }
    exchange.passage.routed(tunnel);
    const refusal = passGates(options.gates, head, tunnel);
    if (refusal !== null) {
      exchange.refuse(refusal.status, refusal.code);
      return;
    }
    if (!load.enter(tunnel)) {
      if (head.isCallback) exchange.drop('busy');
      else exchange.refuse(503, 'BUSY');
      return;
    }
    response.once('close', () => load.leave(tunnel));
    forward(exchange, tunnel, options).catch((err: unknown) => {
      options.log.error({ err, trace: head.trace }, 'request failed');
      if (head.isCallback) exchange.drop('internal');
      else exchange.refuse(500, 'INTERNAL');
    });
  });

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, early: Buffer) => {
    socket.on('error', () => socket.destroy());
    const head = readHead(request, options.now());
    const tunnel = options.find(head.authority);
    const refuse = (status: number, code: Parameters<typeof refuseUpgrade>[2]): void =>
      refuseUpgrade(socket, status, code, head, metrics);
    const hasBody =
      head.headers['transfer-encoding'] !== undefined ||
      Number(head.headers['content-length'] ?? 0) !== 0;
    if (!isWellFormed(head) || head.method !== 'GET' || hasBody) refuse(400, 'BAD_INPUT');
    else if (tunnel === null) refuse(404, 'UNKNOWN_HOST');
    else {
      const refusal = passGates(options.gates, head, tunnel);
      const session = options.pick(tunnel);
      if (refusal !== null) refuse(refusal.status, refusal.code);
      else if (session === null) refuse(502, 'TUNNEL_OFFLINE');
      else if (!load.enter(tunnel)) refuse(503, 'BUSY');
      else {
        socket.once('close', () => load.leave(tunnel));
        forwardUpgrade(request, socket, early, head, session, options);
      }
    }
  });

  await listenOn(server, options.listen);
  return {
    address: server.address() as AddressInfo,
    inFlight: load.total,
    reloadTls: (tls) => server.setSecureContext({ ...tls, minVersion: 'TLSv1.2' }),
    stop: () => {
      stopping = true;
      if (server.listening) server.close();
      for (const session of sessions) session.close();
    },
    close: async () => {
      if (server.listening) server.close();
      for (const session of sessions) session.close();
      for (const socket of secured) if (socket.alpnProtocol !== 'h2') socket.destroySoon();
      const timer = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, FLUSH_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}

function keepUntilClosed<T extends { once(event: 'close', listener: () => void): unknown }>(
  open: Set<T>,
  one: T,
): void {
  open.add(one);
  one.once('close', () => open.delete(one));
}

function createServer({ tls, limits, metrics, log }: IngressOptions): Http2SecureServer {
  const http1: ServerOptions = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: Math.min(5_000, limits.headMs),
  };
  const server = createSecureServer({
    ...tls,
    minVersion: 'TLSv1.2',
    allowHTTP1: true,
    handshakeTimeout: limits.headMs,
    noDelay: true,
    settings: {
      maxConcurrentStreams: limits.streamsPerConnection,
      initialWindowSize: 1 << 20,
      maxHeaderListSize: limits.headerBytes * 2,
    },
    maxHeaderListPairs: 256,
    maxSessionInvalidFrames: 100,
    maxSettings: 32,
    maxSessionMemory: 32,
    http1Options: http1,
  });
  server.maxConnections = limits.connections;
  // Any other upgrade is an ordinary request (RFC 9110 §7.8); h2c in particular would smuggle requests past the gates.
  Object.assign(server, {
    shouldUpgradeCallback: (request: IncomingMessage) =>
      request.headers.upgrade?.toLowerCase() === 'websocket',
  });
  server.on('session', (session) => {
    session.setTimeout(limits.idleMs, () => session.close());
    session.on('error', () => undefined);
  });
  server.on('sessionError', (error: NodeJS.ErrnoException) => {
    log.debug({ code: error.code }, 'public HTTP/2 session failed');
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException) => {
    log.debug({ code: error.code }, 'public handshake failed');
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    answerParseError(error, socket, metrics);
  });
  return server;
}

/** A request that the HTTP/1.1 parser gave up on. */
function answerParseError(error: NodeJS.ErrnoException, socket: Duplex, metrics: Metrics): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const status = tooLarge ? 431 : late ? 408 : 400;
  const code = tooLarge ? 'HEADERS_TOO_LARGE' : late ? 'ANSWER_TIMEOUT' : 'BAD_INPUT';
  metrics.requests.inc({ code: String(status), source: 'relay' });
  const answer = ownAnswer(status, code, { headers: {}, trace: null });
  socket.end(rawAnswer(answer, 'Refused'), () => socket.destroy());
}

function readHead(request: PublicRequest, receivedAt: number): RequestHead {
  const authority = 'stream' in request ? request.authority : request.headers.host;
  return requestHead(
    {
      method: request.method ?? '',
      path: request.url ?? '',
      authority: authority ?? '',
      headers: request.headers,
      remoteAddress: request.socket.remoteAddress,
    },
    receivedAt,
  );
}

const AUTHORITY = /^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/i;

/**
 * Whether the request names one host and one path. RFC 9112 §3.2: only origin form and `OPTIONS *` are for us; an
 * absolute form could name another host than `Host` does.
 */
function isWellFormed({ path, method, authority }: RequestHead): boolean {
  if (!AUTHORITY.test(authority)) return false;
  return path.startsWith('/') || (path === '*' && method === 'OPTIONS');
}
