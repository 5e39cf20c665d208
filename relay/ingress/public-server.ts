import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { SecureContext } from 'node:tls';
import type { Logger } from '../../common/domain/log.ts';
import type { ErrorCode } from '../../common/errors/codes.ts';
import type { Metrics } from '../metrics.ts';
import { ownAnswer, rawAnswer } from './answer.ts';
import type { IngressLimits } from './limits.ts';

/** Certificate chain (leaf first) and key, PEM. */
export interface PublicTls {
  readonly cert: string;
  readonly key: string;
}

export interface PublicServerOptions {
  readonly tls: PublicTls;
  readonly limits: IngressLimits;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** The certificate of a name (RFC 6066 §3); undefined takes {@link tls}. */
  readonly contextFor: (serverName: string) => SecureContext | undefined;
}

/** A TLS server with HTTP/2 and HTTP/1.1 and the limits of the public side; it does not listen yet. */
export function createPublicServer(options: PublicServerOptions): Http2SecureServer {
  const { tls, limits, metrics, log } = options;
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
    SNICallback: (name, done) => done(null, options.contextFor(name)),
    settings: {
      maxConcurrentStreams: limits.streamsPerConnection,
      initialWindowSize: 1 << 20,
      maxHeaderListSize: limits.headerBytes * 2,
    },
    maxHeaderListPairs: limits.headerCount * 2,
    maxSessionInvalidFrames: 100,
    maxSettings: 32,
    maxSessionMemory: 32,
    http1Options: http1,
  });
  // Any other upgrade is an ordinary request (RFC 9110 §7.8); h2c in particular would smuggle requests past the gates.
  Object.assign(server, {
    shouldUpgradeCallback: (request: IncomingMessage) =>
      request.headers.upgrade?.toLowerCase() === 'websocket',
  });
  server.on('session', (session) => {
    session.setTimeout(limits.idleMs, () => session.close());
    // A head that drips in would keep the session from ever being idle.
    const first = setTimeout(() => session.destroy(), limits.headMs);
    session.once('stream', () => clearTimeout(first));
    session.once('close', () => clearTimeout(first));
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

/** What the HTTP/1.1 parser gives up on, and how that is said. */
const parseErrors: Readonly<Record<string, readonly [number, ErrorCode]>> = {
  HPE_HEADER_OVERFLOW: [431, 'HEADERS_TOO_LARGE'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'BODY_TOO_LARGE'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'REQUEST_TOO_SLOW'],
};

function answerParseError(error: NodeJS.ErrnoException, socket: Duplex, metrics: Metrics): void {
  // Behind the head of an answer that is under way another would be read as a part of its body.
  const isAnswering = pendingAnswer(socket)?.headersSent === true;
  if (!socket.writable || error.code === 'ECONNRESET' || isAnswering) {
    socket.destroy();
    return;
  }
  const [status, code] = parseErrors[error.code ?? ''] ?? ([400, 'BAD_INPUT'] as const);
  refuseRaw(socket, status, code, { headers: {}, trace: null }, metrics);
}

/** Answers on a socket for which node:http has no response object, and ends it. */
export function refuseRaw(
  socket: Duplex,
  status: number,
  code: ErrorCode,
  request: Parameters<typeof ownAnswer>[2],
  metrics: Metrics,
): void {
  metrics.requests.inc({ code: status, source: 'relay' });
  socket.end(rawAnswer(ownAnswer(status, code, request), 'Refused'), () => socket.destroy());
}

/** The answer that a connection of HTTP/1.1 is about to carry or carries; null between requests. node:http keeps it there itself. */
export function pendingAnswer(socket: Duplex): ServerResponse | null {
  return (socket as { readonly _httpMessage?: ServerResponse | null })._httpMessage ?? null;
}
