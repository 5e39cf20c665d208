import type { IncomingMessage } from 'node:http';
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { clientAddress } from '../gates/client-address.ts';
import type { Overload } from '../gates/overload.ts';
import type { GateSecret } from '../gates/signature.ts';
import { listenOn } from '../listen.ts';
import type { Listen } from '../types.ts';
import { forwardCallback, passEchoGate, type CallbackDeps } from './callback.ts';
import { guardConnections, type ConnectionOptions } from './connections.ts';
import { Exchange, type PublicRequest, type PublicResponse } from './exchange.ts';
import { AUTHORITY, hasSecondHost, isWellFormed, tooLargeBy } from './form.ts';
import { forward } from './forward.ts';
import { passGates, type Gate } from './gate.ts';
import { createLoad } from './load.ts';
import { Passage, type Watcher } from './passage.ts';
import {
  createPublicServer,
  pendingAnswer,
  refuseRaw,
  type PublicServerOptions,
  type PublicTls,
} from './public-server.ts';
import { requestHead, type RequestHead } from './request-head.ts';
import { OWN_PATHS } from '../../common/tunnel/protocol.ts';
import type { Entrance } from '../control/websocket-entrance.ts';
import { fitsUpgrade } from './upgrade-head.ts';
import { forwardUpgrade, refuseUpgrade } from './upgrade.ts';

export type { PublicTls } from './public-server.ts';

export interface IngressOptions extends CallbackDeps, PublicServerOptions, ConnectionOptions {
  readonly listen: Listen;
  /** A device's way to the control port; asked before a host is looked up. */
  readonly entrance: Entrance;
  /** Asked after the tunnel's own white-lists. */
  readonly gates: readonly Gate[];
  readonly overload: Overload;
  readonly now: () => number;
  /** They hear of every public request. */
  readonly watchers: readonly Watcher[];
  /** Value of `Strict-Transport-Security` (RFC 6797); null leaves it out. */
  readonly hsts: string | null;
  /** Tunnel of an authority; null for an unknown host. */
  readonly find: (authority: string) => string | null;
}

export interface Ingress {
  readonly address: AddressInfo;
  /** Public requests that have no complete answer yet, and WebSockets that are open. */
  readonly inFlight: () => number;
  /** Connections from now on get this certificate; those that are open keep theirs. Throws when it is none. */
  readonly reloadTls: (tls: PublicTls) => void;
  /** Takes no new connection, and lets the open requests finish: each is the last of its connection. */
  readonly stop: () => void;
  /** Ends every connection once what was written to it has left; what takes longer than a moment is cut. */
  readonly close: () => Promise<void>;
}

/** How long the last bytes of answers may take to leave, milliseconds. */
const FLUSH_MS = 250;
/** When those that were shed may try again. */
const RETRY_MS = 1_000;

/** The public side: HTTPS with HTTP/1.1 and HTTP/2, host by host into the tunnels. */
export async function openIngress(options: IngressOptions): Promise<Ingress> {
  const { limits, metrics, trustedProxies, policy, overload } = options;
  const gates = [policy.access, ...options.gates];
  const load = createLoad(limits.inFlightPerTunnel);
  const webSockets = createLoad(limits.webSocketsPerTunnel);
  const server = createPublicServer(options);
  const connections = guardConnections(server, options);
  const { listener } = connections;
  const secured = new Set<TLSSocket>();
  const sessions = new Set<ServerHttp2Session>();
  let stopping = false;
  // Not `events.once`: it rejects when the port is taken, and nobody waits for it then.
  const closed = new Promise<void>((resolve) => {
    listener.once('close', resolve);
  });
  server.on('secureConnection', (socket) => keepUntilClosed(secured, socket));
  server.on('session', (session) => keepUntilClosed(sessions, session));

  const readHead = (request: PublicRequest): Arrival => {
    const authority = ('stream' in request ? request.authority : request.headers.host) ?? '';
    const path = request.url ?? '';
    const tunnel = AUTHORITY.test(authority) ? options.find(authority) : null;
    const secret = tunnel === null ? null : policy.signature.find(tunnel, path);
    const head = requestHead(
      {
        method: request.method ?? '',
        path,
        authority,
        headers: request.headers,
        remoteAddress: clientAddress(
          connections.addressOf(request.socket),
          request.headers['x-forwarded-for'],
          trustedProxies,
        ),
        isGated: secret !== null,
      },
      options.now(),
    );
    return { head, tunnel, secret };
  };

  const route = (exchange: Exchange, { head, tunnel, secret }: Arrival): void => {
    const { request, response } = exchange;
    if (!isWellFormed(head) || hasSecondHost(request)) {
      // Whoever writes such a request may mean something else by what follows it.
      if ('shouldKeepAlive' in response) response.shouldKeepAlive = false;
      exchange.refuse(400, 'BAD_INPUT');
      return;
    }
    const tooLarge = tooLargeBy(head, request, limits);
    if (tooLarge !== null) {
      exchange.refuse(tooLarge, 'HEADERS_TOO_LARGE');
      return;
    }
    if (tunnel === null) {
      exchange.refuse(404, 'UNKNOWN_HOST');
      return;
    }
    exchange.passage.routed(tunnel);
    if (head.path.startsWith(OWN_PATHS)) {
      exchange.refuse(404, 'PATH_NOT_ALLOWED');
      return;
    }
    const refusal = passGates(gates, head, tunnel);
    if (refusal !== null) {
      exchange.refuse(refusal.status, refusal.code);
      return;
    }
    const strain = overload.strain();
    if (strain === 'overwhelmed' || (strain === 'shed' && !head.isUrgent)) {
      metrics.shed.inc({ kind: head.isCallback ? 'callback' : 'request' });
      if (head.isCallback) exchange.drop('overload');
      else exchange.refuse(503, 'BUSY', RETRY_MS);
      return;
    }
    if (!load.enter(tunnel)) {
      if (head.isCallback) exchange.drop('busy');
      else exchange.refuse(429, 'RATE_LIMITED', RETRY_MS);
      return;
    }
    response.once('close', () => load.leave(tunnel));
    carry(exchange, tunnel, secret);
  };

  const carry = (exchange: Exchange, tunnel: string, secret: GateSecret | null): void => {
    const { method, isCallback } = exchange.head;
    if (isCallback) forwardCallback(exchange, tunnel, secret, options);
    else if (secret !== null && method !== 'GET') exchange.refuse(405, 'BAD_INPUT');
    else if (secret === null || passEchoGate(exchange, tunnel, secret, options)) {
      forward(exchange, tunnel, options);
    }
  };

  const breakOff = (one: ServerHttp2Stream | Duplex, err: unknown): void => {
    options.log.error({ err }, 'request failed');
    one.destroy();
  };

  const serve = (
    request: PublicRequest,
    response: PublicResponse,
    awaitsContinue: boolean,
  ): void => {
    if (stopping && 'shouldKeepAlive' in response) response.shouldKeepAlive = false;
    const { log, hsts } = options;
    let exchange: Exchange | null = null;
    try {
      const arrival = readHead(request);
      const passage = new Passage(arrival.head, options.watchers);
      const parts = { metrics, log, passage, awaitsContinue, hsts, stallMs: limits.stallMs };
      exchange = new Exchange(arrival.head, request, response, parts);
      route(exchange, arrival);
    } catch (error) {
      // Nobody catches what a listener throws: it would end the process, and everybody's connections with it.
      if (exchange !== null) exchange.fail(error);
      else breakOff('stream' in request ? request.stream : request.socket, error);
    }
  };
  server.on('request', (request: PublicRequest, response: PublicResponse) => {
    serve(request, response, false);
  });
  server.on('checkContinue', (request: PublicRequest, response: PublicResponse) => {
    serve(request, response, true);
  });

  // A relay is nobody's forward proxy. Over HTTP/2 node:http2 gives a response here, over HTTP/1.1 http gives the socket alone.
  server.on('connect', (request: PublicRequest, to: PublicResponse | Duplex) => {
    if ('stream' in request) {
      serve(request, to as PublicResponse, false);
      return;
    }
    const socket = to as Duplex;
    socket.on('error', () => socket.destroy());
    if (pendingAnswer(socket) !== null) {
      socket.destroy();
      return;
    }
    const { head } = readHead(request);
    const passage = new Passage(head, options.watchers);
    passage.answered(400, 'relay', 'BAD_INPUT');
    refuseRaw(socket, 400, 'BAD_INPUT', head, metrics);
    socket.once('close', () => passage.ended());
  });

  const upgrade = (request: IncomingMessage, socket: Duplex, early: Buffer): void => {
    socket.on('error', () => socket.destroy());
    // The answers before it have not left; a connection that changes its protocol cannot carry them any more.
    if (pendingAnswer(socket) !== null) {
      socket.destroy();
      return;
    }
    const { head, tunnel } = readHead(request);
    if (options.entrance(head, request, socket, early)) return;
    const passage = new Passage(head, options.watchers);
    const refuse = (status: number, code: Parameters<typeof refuseUpgrade>[2]): void =>
      refuseUpgrade(socket, status, code, head, { metrics, passage });
    const hasBody =
      head.headers['transfer-encoding'] !== undefined ||
      Number(head.headers['content-length'] ?? 0) !== 0;
    const tooLarge = tooLargeBy(head, request, limits) ?? (fitsUpgrade(request) ? null : 431);
    if (!isWellFormed(head) || hasSecondHost(request) || head.method !== 'GET' || hasBody) {
      refuse(400, 'BAD_INPUT');
    } else if (tooLarge !== null) refuse(tooLarge, 'HEADERS_TOO_LARGE');
    else if (tunnel === null) refuse(404, 'UNKNOWN_HOST');
    else {
      passage.routed(tunnel);
      const refusal = passGates(gates, head, tunnel);
      const session = options.pick(tunnel);
      if (head.path.startsWith(OWN_PATHS)) refuse(404, 'PATH_NOT_ALLOWED');
      else if (refusal !== null) refuse(refusal.status, refusal.code);
      else if (overload.strain() !== 'none') refuse(503, 'BUSY');
      else if (session === null) refuse(502, 'TUNNEL_OFFLINE');
      else if (policy.takeRate(tunnel, false) > 0) refuse(429, 'RATE_LIMITED');
      else if (!webSockets.hasRoom(tunnel) || !load.enter(tunnel)) refuse(429, 'RATE_LIMITED');
      else {
        let places = load;
        socket.once('close', () => places.leave(tunnel));
        /** From now on it is no request: false where there are as many open as there may be. */
        const onOpen = (): boolean => {
          if (!webSockets.enter(tunnel)) return false;
          load.leave(tunnel);
          places = webSockets;
          return true;
        };
        passage.gated();
        forwardUpgrade(request, socket, early, head, session, { limits, metrics, passage, onOpen });
      }
    }
    // After whatever else is noted of its end.
    socket.once('close', () => passage.ended());
  };
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, early: Buffer) => {
    try {
      upgrade(request, socket, early);
    } catch (error) {
      breakOff(socket, error);
    }
  });

  await listenOn(listener, options.listen);
  return {
    address: listener.address() as AddressInfo,
    inFlight: () => load.total() + webSockets.total(),
    reloadTls: (tls) => server.setSecureContext({ ...tls, minVersion: 'TLSv1.2' }),
    stop: () => {
      stopping = true;
      if (listener.listening) listener.close();
      for (const session of sessions) session.close();
    },
    close: async () => {
      if (listener.listening) listener.close();
      for (const session of sessions) session.close();
      for (const socket of secured) if (socket.alpnProtocol !== 'h2') socket.destroySoon();
      const timer = setTimeout(connections.destroyAll, FLUSH_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}

/** A request that has come, and whose it is. */
interface Arrival {
  readonly head: RequestHead;
  /** Null for an unknown host. */
  readonly tunnel: string | null;
  /** The signature gate before its path. */
  readonly secret: GateSecret | null;
}

function keepUntilClosed<T extends { once(event: 'close', listener: () => void): unknown }>(
  open: Set<T>,
  one: T,
): void {
  open.add(one);
  one.once('close', () => open.delete(one));
}
