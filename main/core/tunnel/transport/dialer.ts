import { createTcpDialer, type Dialer, type Endpoint } from '../dial.ts';
import { proxyDialer } from '../proxy/dialer.ts';
import type { ProxySource } from '../proxy/proxy.ts';
import { wssDialer } from './wss.ts';

export interface TransportOptions {
  /** `h2`: TCP to the control port. `wss`: a WebSocket on the public port. */
  readonly protocol: 'h2' | 'wss';
  readonly proxy: ProxySource;
  /** Local address to dial from. */
  readonly bind?: string;
  /** Where the relay with a control port takes WebSockets; see `wssDialer`. */
  readonly wssEndpoint?: (control: Endpoint) => Endpoint | undefined;
  /** PEM of the authority of the relay's public certificate, where it is no public one. */
  readonly publicCa?: string;
}

/** The way in which this device reaches its relays. */
export function createDialer(options: TransportOptions): Dialer {
  const { protocol, proxy, bind, wssEndpoint, publicCa } = options;
  const raw = proxyDialer(proxy, createTcpDialer(bind));
  if (protocol === 'h2') return raw;
  return wssDialer({
    raw,
    ...(wssEndpoint === undefined ? {} : { locate: wssEndpoint }),
    ...(publicCa === undefined ? {} : { ca: publicCa }),
  });
}
