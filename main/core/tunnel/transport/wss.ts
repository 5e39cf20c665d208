import type { Duplex } from 'node:stream';
import net from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import { createWebSocketStream, WebSocket } from 'ws';
import { AppError } from '../../../../common/errors/app-error.ts';
import { ports, WSS_PATH, WSS_SUBPROTOCOL } from '../../../../common/tunnel/protocol.ts';
import type { Dialer, Endpoint } from '../dial.ts';
import { endpointText } from '../identity.ts';
import { trustedRoots } from './roots.ts';

/** Greatest frame that a relay sends: one TLS record and its overhead many times over. */
const MAX_FRAME = 1 << 20;

export interface WssOptions {
  /** Opens the byte stream that the outer TLS runs on. */
  readonly raw: Dialer;
  /** Where the relay with this control port takes WebSockets. Default: port 443 of the same host. */
  readonly locate?: (control: Endpoint) => Endpoint | undefined;
  /** PEM of the only authority believed for the outer TLS. Default: the roots that this machine trusts. */
  readonly ca?: string;
}

/**
 * Reaches a relay by a WebSocket (RFC 6455) on its public port, for networks that pass nothing but web traffic. The outer TLS
 * checks the relay's name like any browser; it authenticates nobody else. What is returned is the byte stream inside, on
 * which the caller runs the same mutual TLS as over TCP.
 */
export function wssDialer(options: WssOptions): Dialer {
  return async (control, signal) => {
    const endpoint = options.locate?.(control) ?? { host: control.host, port: ports.public };
    const transport = await options.raw(endpoint, signal);
    const outer = await secure(transport, endpoint, options.ca, signal);
    return upgrade(outer, endpoint, signal);
  };
}

function secure(
  transport: Duplex,
  { host }: Endpoint,
  ca: string | undefined,
  signal: AbortSignal,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({
      socket: transport,
      host,
      ...(net.isIP(host) === 0 ? { servername: host } : {}),
      ca: ca ?? trustedRoots(),
      ALPNProtocols: ['http/1.1'],
    });
    const settle = (finish: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      socket.removeListener('error', fail);
      socket.removeListener('close', onClose);
      finish();
    };
    const fail = (error: unknown): void =>
      settle(() => {
        socket.on('error', () => undefined);
        socket.destroy();
        transport.destroy();
        reject(error);
      });
    const onAbort = (): void => fail(signal.reason);
    const onClose = (): void => fail(new Error('closed during the outer handshake'));
    signal.addEventListener('abort', onAbort);
    socket.once('error', fail);
    socket.once('close', onClose);
    socket.once('secureConnect', () => settle(() => resolve(socket)));
  });
}

function upgrade(outer: TLSSocket, endpoint: Endpoint, signal: AbortSignal): Promise<Duplex> {
  const authority = endpointText(endpoint);
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`wss://${authority}${WSS_PATH}`, WSS_SUBPROTOCOL, {
      createConnection: () => outer,
      perMessageDeflate: false,
      maxPayload: MAX_FRAME,
      followRedirects: false,
    });
    const settle = (finish: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      finish();
    };
    const fail = (error: unknown): void =>
      settle(() => {
        socket.terminate();
        outer.destroy();
        reject(error);
      });
    const onAbort = (): void => fail(signal.reason);
    signal.addEventListener('abort', onAbort);
    socket.on('error', fail);
    // A captive portal, or a web server that is no relay.
    socket.once('unexpected-response', (_request, { statusCode }) =>
      fail(new AppError('RELAY_NOT_CAUSEWAY', { endpoint: authority, status: statusCode ?? 0 })),
    );
    socket.once('open', () =>
      settle(() => {
        socket.removeListener('error', fail);
        const stream = createWebSocketStream(socket);
        // A WebSocket ends both ways at once; a stream that only ends would leave TLS waiting for what never comes.
        stream.once('end', () => stream.destroy());
        resolve(stream);
      }),
    );
  });
}
