import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { timing } from '../../../common/tunnel/protocol.ts';
import { AppError } from '../../../common/errors/app-error.ts';
import type { ErrorCode } from '../../../common/errors/codes.ts';
import { classify } from './faults.ts';
import { endpointText } from './identity.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/**
 * Makes the byte stream that TLS runs on: a TCP connection, or one through a proxy or inside a WebSocket. Rejects with
 * an `AppError` or a system error; stops and frees everything when `signal` aborts.
 */
export type Dialer = (endpoint: Endpoint, signal: AbortSignal) => Promise<Duplex>;

export interface DialOptions {
  readonly endpoint: Endpoint;
  /** ALPN id (RFC 7301): what the connection is for. */
  readonly alpn: string;
  /** PEM of the only authority believed. */
  readonly ca: string;
  readonly privateKey?: string;
  readonly certificate?: string;
  readonly dialer?: Dialer;
  /** For the whole of it: name, connection and handshake. Milliseconds. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal | undefined;
  readonly now?: () => number;
}

/** A TCP connection without Nagle's delay and with keep-alive. */
export const tcpDialer: Dialer = (endpoint, signal) => connectTcp(endpoint, signal);

/** The same from one local address. */
export function createTcpDialer(bind?: string): Dialer {
  return (endpoint, signal) => connectTcp(endpoint, signal, bind);
}

function connectTcp(endpoint: Endpoint, signal: AbortSignal, bind?: string): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({
      host: endpoint.host,
      port: endpoint.port,
      autoSelectFamily: true,
      ...(bind === undefined ? {} : { localAddress: bind, family: net.isIPv6(bind) ? 6 : 4 }),
    });
    const settle = (finish: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      socket.removeListener('error', onError);
      finish();
    };
    const onError = (error: Error): void => settle(() => reject(error));
    const onAbort = (): void => {
      socket.destroy();
      settle(() => reject(signal.reason as Error));
    };
    signal.addEventListener('abort', onAbort);
    socket.once('error', onError);
    socket.once('connect', () => {
      socket.setNoDelay(true);
      socket.setKeepAlive(true, timing.heartbeat);
      settle(() => resolve(socket));
    });
  });
}

/**
 * Dials the relay with TLS 1.3 and resolves once the handshake has checked the relay against `ca` and its name, and both
 * agree on `alpn`. A refusal of the *device's* certificate comes later, on the socket: in TLS 1.3 the client is done first.
 * Throws `RELAY_*`, `PROXY_*`, `CLOCK_SKEW`, `CERT_*`.
 */
export async function dial(options: DialOptions): Promise<tls.TLSSocket> {
  const socket = await handshake(options, true);
  if (socket.alpnProtocol === options.alpn) return socket;
  socket.destroy();
  throw new AppError('RELAY_NOT_CAUSEWAY', { endpoint: endpointText(options.endpoint) });
}

/** The same without any check of the peer: only for reading the chain that it shows. Nothing secret may be sent on it. */
export function dialUnverified(options: Omit<DialOptions, 'ca'>): Promise<tls.TLSSocket> {
  return handshake(options, false);
}

async function handshake(
  options: Omit<DialOptions, 'ca'> & { readonly ca?: string },
  verify: boolean,
): Promise<tls.TLSSocket> {
  const now = options.now ?? Date.now;
  const endpoint = endpointText(options.endpoint);
  const deadline = new AbortController();
  const timer = setTimeout(
    () => deadline.abort(new AppError('RELAY_TIMEOUT', { endpoint })),
    options.deadlineMs ?? timing.dial,
  );
  const signal =
    options.signal === undefined
      ? deadline.signal
      : AbortSignal.any([options.signal, deadline.signal]);
  // Whoever hangs up before TLS is not reached; whoever does so in the middle of it speaks something else.
  let fallback: ErrorCode = 'RELAY_UNREACHABLE';
  try {
    signal.throwIfAborted();
    const transport = await (options.dialer ?? tcpDialer)(options.endpoint, signal);
    fallback = 'RELAY_NOT_CAUSEWAY';
    return await secure(transport, options, verify, signal);
  } catch (thrown) {
    if (options.signal?.aborted === true) throw options.signal.reason;
    const { certificate } = options;
    throw classify(
      thrown,
      { endpoint, now: now(), ...(certificate === undefined ? {} : { certificate }) },
      fallback,
    );
  } finally {
    clearTimeout(timer);
  }
}

function secure(
  transport: Duplex,
  options: Omit<DialOptions, 'ca'> & { readonly ca?: string },
  verify: boolean,
  signal: AbortSignal,
): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    const { host } = options.endpoint;
    const socket = tls.connect({
      socket: transport,
      host,
      // SNI must not be an address (RFC 6066 §3); the name check then uses `host`.
      ...(net.isIP(host) === 0 ? { servername: host } : {}),
      minVersion: 'TLSv1.3',
      ALPNProtocols: [options.alpn],
      rejectUnauthorized: verify,
      ...(options.ca === undefined ? {} : { ca: options.ca }),
      ...(options.privateKey === undefined ? {} : { key: options.privateKey }),
      ...(options.certificate === undefined ? {} : { cert: options.certificate }),
    });
    const settle = (finish: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      socket.removeListener('close', onClose);
      socket.removeListener('error', onError);
      finish();
    };
    const fail = (error: unknown): void =>
      settle(() => {
        socket.destroy();
        transport.destroy();
        reject(error);
      });
    const onError = (error: Error): void => fail(error);
    const onClose = (): void => fail(new Error('closed during the handshake'));
    const onAbort = (): void => fail(signal.reason);
    // Under HTTP/2 a TLS alert is only announced and leaves the socket open; destroyed with it, `errored` keeps it.
    socket.on('error', (error) => socket.destroy(error));
    signal.addEventListener('abort', onAbort);
    socket.once('error', onError);
    socket.once('close', onClose);
    socket.once('secureConnect', () => settle(() => resolve(socket)));
  });
}
