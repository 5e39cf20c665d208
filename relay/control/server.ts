import tls, { TLSSocket } from 'node:tls';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { alpn, timing } from '../../common/tunnel/protocol.ts';
import type { Logger } from '../../common/domain/log.ts';
import type { Authority } from '../ca/authority.ts';
import { issueServer, type ServerCertificate } from '../ca/server-certificate.ts';
import { createConnectionLimit } from '../gates/connection-limit.ts';
import { plainAddress } from '../gates/source-list.ts';
import { listenOn } from '../listen.ts';
import type { Metrics } from '../metrics.ts';
import type { Listen } from '../types.ts';
import { CLOSE_GRACE } from './server-session.ts';
import { peerCertificate, type Identify } from './identity.ts';

/** Connections at the same time, of all purposes. */
const MAX_CONNECTIONS = 15_000;
/** Of one address, as long as nobody knows whose they are: one stranger must not take the port from all devices. */
const MAX_STRANGERS = 3_000;
const RENEW_CHECK = 3_600_000;
const protocols = [alpn.control, alpn.data, alpn.enrol];

export interface ControlServerOptions {
  readonly listen: Listen;
  readonly host: string;
  readonly authority: Authority;
  readonly identify: Identify;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly now: () => number;
  /** Connections of one address that have shown no certificate of a device's yet. Default 3,000. */
  readonly strangersPerSource?: number;
  /** One for each ALPN id; each owns the socket it is given. */
  readonly serve: {
    control(socket: TLSSocket): void;
    data(socket: TLSSocket): void;
    enrol(socket: TLSSocket, address: string): void;
  };
}

export interface ControlServer {
  readonly address: AddressInfo;
  /** Takes the byte stream of a connection that came another way than by this port, from `address`. */
  readonly accept: (stream: Duplex, address: string) => void;
  /** Stops accepting; what is open stays. */
  readonly stop: () => void;
  /** Cuts everything that has not ended within a moment. */
  readonly close: () => Promise<void>;
}

/**
 * The control port: TLS 1.3 with an optional client certificate. The handshake takes any certificate, because a refusal
 * inside it would reach the device as a bare alert; who the device is gets decided right after, with a code.
 */
export async function openControlServer(options: ControlServerOptions): Promise<ControlServer> {
  const { authority, host, now, log } = options;
  let certificate = await issueServer(authority, host, now());
  let context = tls.createSecureContext(secureContext(authority, certificate));
  const server = tls.createServer({
    ...secureContext(authority, certificate),
    requestCert: true,
    rejectUnauthorized: false,
    ALPNProtocols: protocols,
    handshakeTimeout: timing.dial,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: timing.heartbeat,
  });
  // Not `events.once`: it rejects when the port is taken, and nobody waits for it then.
  const closed = new Promise<void>((resolve) => {
    server.once('close', resolve);
  });
  server.maxConnections = MAX_CONNECTIONS;
  const sockets = new Set<Socket>();
  const strangers = createConnectionLimit(options.strangersPerSource ?? MAX_STRANGERS);
  /** How a connection stops being a stranger's, by its other end: TLS hides the socket that it wraps. */
  const unknown = new Map<string, () => void>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const source = plainAddress(socket.remoteAddress ?? '');
    if (!strangers.enter(source)) {
      options.metrics.handshakes.inc({ alpn: 'none', result: 'refused' });
      socket.destroy();
      return;
    }
    const end = endOf(socket);
    const known = (): void => {
      if (unknown.delete(end)) strangers.leave(source);
    };
    unknown.set(end, known);
    socket.once('close', known);
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException) => {
    options.metrics.handshakes.inc({ alpn: 'none', result: 'failed' });
    log.debug({ code: error.code }, 'handshake failed');
  });
  server.on('secureConnection', (socket) => {
    if (dispatch(socket, socket.remoteAddress ?? '', options)) unknown.get(endOf(socket))?.();
  });

  let stopped = false;
  /** Of connections through the entrance; `server` knows nothing of them. */
  const guests = new Set<Duplex>();
  const accept = (stream: Duplex, address: string): void => {
    if (stopped || guests.size + sockets.size >= MAX_CONNECTIONS) {
      stream.destroy();
      return;
    }
    guests.add(stream);
    stream.once('close', () => guests.delete(stream));
    const socket = new TLSSocket(stream, {
      isServer: true,
      secureContext: context,
      requestCert: true,
      rejectUnauthorized: false,
      ALPNProtocols: protocols,
    });
    const fail = (error?: NodeJS.ErrnoException): void => {
      clearTimeout(deadline);
      options.metrics.handshakes.inc({ alpn: 'none', result: 'failed' });
      log.debug({ code: error?.code, address }, 'handshake failed');
      socket.destroy();
      stream.destroy();
    };
    const deadline = setTimeout(fail, timing.dial);
    socket.once('error', fail);
    // A stream that only ends would leave the TLS socket waiting for the rest of a record.
    stream.once('close', () => socket.destroy());
    socket.once('secure', () => {
      clearTimeout(deadline);
      socket.removeListener('error', fail);
      // `tls.Server` clears this on its own sockets; HTTP/2 would wait for ever for a handshake that is over.
      Object.assign(socket, { secureConnecting: false });
      dispatch(socket, address, options);
    });
  };

  const renewIfDue = async (): Promise<void> => {
    if (now() < certificate.renewAt) return;
    try {
      certificate = await issueServer(authority, host, now());
      server.setSecureContext(secureContext(authority, certificate));
      context = tls.createSecureContext(secureContext(authority, certificate));
      log.info({ notAfter: certificate.notAfter }, 'certificate of the control port renewed');
    } catch (err) {
      log.error({ err }, 'certificate of the control port not renewed');
    }
  };
  const renew = setInterval(() => void renewIfDue(), RENEW_CHECK);
  renew.unref();

  await listenOn(server, options.listen);
  return {
    address: server.address() as AddressInfo,
    accept,
    stop: () => {
      stopped = true;
      clearInterval(renew);
      server.close();
    },
    close: async () => {
      stopped = true;
      clearInterval(renew);
      if (server.listening) server.close();
      const cut = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
        for (const stream of guests) stream.destroy();
      }, CLOSE_GRACE);
      await closed;
      clearTimeout(cut);
    },
  };
}

function secureContext(
  authority: Authority,
  certificate: ServerCertificate,
): tls.SecureContextOptions {
  return {
    cert: certificate.cert + authority.pem,
    key: certificate.key,
    ca: authority.pem,
    minVersion: 'TLSv1.3',
  };
}

function endOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress ?? ''} ${remotePort ?? 0}`;
}

/** Gives a connection to whom its ALPN id is for. Whether it is a device's that may come in. */
function dispatch(socket: TLSSocket, address: string, options: ControlServerOptions): boolean {
  socket.on('error', () => socket.destroy());
  const { alpnProtocol } = socket;
  const { serve, metrics } = options;
  const verdict = options.identify(peerCertificate(socket));
  const result = verdict.trusted ? 'ok' : verdict.code;
  if (alpnProtocol === alpn.control) {
    metrics.handshakes.inc({ alpn: 'control', result });
    if (!verdict.trusted) {
      options.log.warn({ code: verdict.code, address }, 'device refused');
    }
    serve.control(socket);
  } else if (alpnProtocol === alpn.data) {
    metrics.handshakes.inc({ alpn: 'data', result });
    serve.data(socket);
  } else if (alpnProtocol === alpn.enrol) {
    metrics.handshakes.inc({ alpn: 'enrol', result: 'ok' });
    serve.enrol(socket, address);
  } else {
    // A client that offers no ALPN at all passes the handshake (RFC 7301 §3.2).
    metrics.handshakes.inc({ alpn: 'none', result: 'failed' });
    socket.destroy();
  }
  return verdict.trusted;
}
