import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import type { Http2SecureServer } from 'node:http2';
import { createConnectionLimit } from '../gates/connection-limit.ts';
import { takeProxyHeader } from '../gates/proxy-protocol.ts';
import { plainAddress, type SourceList } from '../gates/source-list.ts';
import type { Metrics } from '../metrics.ts';
import type { IngressLimits } from './limits.ts';

export interface ConnectionOptions {
  readonly limits: IngressLimits;
  readonly metrics: Metrics;
  /** Proxies in front of the relay; null for none. */
  readonly trustedProxies: SourceList | null;
  /** Each connection begins with a PROXY header; only trusted proxies may connect. */
  readonly proxyProtocol: boolean;
}

/** The TCP side of the public port: who may connect, how often, and where connections come from. */
export interface Connections {
  /** What listens: the HTTP server itself, or what reads PROXY headers before it. */
  readonly listener: Server;
  /** Address of the other end of a connection, or of whom a PROXY header names. */
  readonly addressOf: (socket: {
    readonly remoteAddress?: string | undefined;
    readonly remotePort?: number | undefined;
  }) => string;
  readonly destroyAll: () => void;
}

/** Puts limits and PROXY headers before a TLS server's connections. */
export function guardConnections(
  server: Http2SecureServer,
  options: ConnectionOptions,
): Connections {
  const { limits, metrics, trustedProxies, proxyProtocol } = options;
  const sockets = new Set<Socket>();
  const perSource = createConnectionLimit(limits.connectionsPerSource);
  /** Clients that PROXY headers named, by the two ends of their connection: TLS hides the socket that it wraps. */
  const named = new Map<string, string>();

  const refuse = (socket: Socket, reason: string): void => {
    metrics.refusedConnections.inc({ reason });
    socket.destroy();
  };
  const admit = (socket: Socket, source: string): boolean => {
    if (trustedProxies?.has(source) === true) return true;
    if (!perSource.enter(source)) {
      refuse(socket, 'per_source');
      return false;
    }
    socket.once('close', () => perSource.leave(source));
    return true;
  };
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };

  const withHeader = async (socket: Socket): Promise<void> => {
    keep(socket);
    const peer = plainAddress(socket.remoteAddress ?? '');
    if (trustedProxies?.has(peer) !== true) {
      refuse(socket, 'untrusted_proxy');
      return;
    }
    const header = await takeProxyHeader(socket, limits.headMs);
    if (header === null) {
      metrics.refusedConnections.inc({ reason: 'proxy_header' });
      return;
    }
    if (header.address !== null) {
      if (!admit(socket, header.address)) return;
      const ends = endsOf(socket);
      named.set(ends, header.address);
      socket.once('close', () => named.delete(ends));
    }
    server.emit('connection', socket);
  };

  let listener: Server = server;
  if (proxyProtocol) {
    const plain = createTcpServer({ noDelay: true }, (socket) => void withHeader(socket));
    // The HTTP server never listens itself, but has to watch over its timeouts.
    plain.once('listening', () => server.emit('listening'));
    plain.once('close', () => server.close());
    listener = plain;
  } else {
    server.on('connection', (socket: Socket) => {
      keep(socket);
      admit(socket, plainAddress(socket.remoteAddress ?? ''));
    });
  }
  listener.maxConnections = limits.connections;
  listener.on('drop', () => metrics.refusedConnections.inc({ reason: 'total' }));

  return {
    listener,
    addressOf: (socket) => {
      const peer = plainAddress(socket.remoteAddress ?? '');
      return named.size === 0 ? peer : (named.get(endsOf(socket)) ?? peer);
    },
    destroyAll: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function endsOf(socket: {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}): string {
  return `${socket.remoteAddress ?? ''} ${socket.remotePort ?? 0}`;
}
