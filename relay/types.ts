import type { Logger } from '../common/domain/log.ts';
import type { RecoveryMode } from '../common/domain/relay/tunnel-rules.ts';
import type { AcmeAccount } from './acme/order.ts';

/** One listening socket; port 0 takes a free one. */
export interface Listen {
  readonly host: string;
  readonly port: number;
  /** Other processes of the same user may listen on it too, and the system deals connections out between them (`SO_REUSEPORT`). */
  readonly shared?: boolean;
}

export interface RelayOptions {
  /** Directory of the relay's database, CA and keys; made if missing, 0700. */
  readonly dataDir: string;
  readonly listen: {
    /** Public HTTPS. */
    readonly public: Listen;
    /** Tunnel control and data (mTLS). */
    readonly control: Listen;
    /** Admin API and console; beyond loopback only with `adminTls`. */
    readonly admin: Listen;
    /** Plain HTTP that redirects to HTTPS and answers ACME challenges; not opened unless told. */
    readonly redirect?: Listen;
  };
  /** Proxies in front of the public port, as CIDR blocks or addresses: only their word on who the client is counts. */
  readonly trustedProxies?: readonly string[];
  /** Public connections begin with a PROXY header (version 1 or 2); only trusted proxies may connect then. */
  readonly proxyProtocol?: boolean;
  /** `max-age` of Strict-Transport-Security on public answers; 0, the default, leaves it out. */
  readonly hstsSeconds?: number;
  /**
   * Obtains certificates for the bound domains, `controlHost` and `publicNames` (RFC 8555); `publicTls` serves the rest. Needs
   * `listen.redirect` on port 80.
   */
  readonly acme?: AcmeAccount;
  /** The relay's own names on the public port besides `controlHost`, for which `acme` is to get certificates too. */
  readonly publicNames?: readonly string[];
  /** Certificate and key of the admin port, PEM; plain HTTP without. */
  readonly adminTls?: { readonly cert: string; readonly key: string };
  /** Names under which the console is opened, besides this machine's own and those of `adminTls`. */
  readonly adminHosts?: readonly string[];
  /** Where the built console is; found beside the program unless told. */
  readonly rendererDir?: string;
  /** Name or address under which devices reach the control port; goes into tokens and the server certificate. */
  readonly controlHost: string;
  /** Public base addresses are made of a domain and this port; 443 is left out. */
  readonly publicPort?: number;
  /** Public certificate and key, PEM; the chain leaf first. */
  readonly publicTls: { readonly cert: string; readonly key: string };
  /** Relay's name in consoles. */
  readonly name: string;
  /** Address that WeCom sees; shown to operators as 可信IP. */
  readonly fixedIp: string | null;
  /** `host:port` patterns that egress may reach, `*.` for one label or more. */
  readonly egressAllow: readonly string[];
  /** Days for which an expired device certificate may still be renewed with its key. Default 30; 0 never. */
  readonly recoveryDays?: number;
  /** How: by themselves, or once somebody has approved it. Default `auto`; a tunnel may say otherwise. */
  readonly recovery?: RecoveryMode;
  /** Lets devices in slowly after the start, for relays with many. Default: at once. */
  readonly acceptRamp?: boolean;
  readonly log: Logger;
  readonly version: string;
  readonly now?: () => number;
}

/** A tunnel: one organisation's link, its domains and devices. */
export interface TunnelRecord {
  readonly name: string;
  readonly domains: readonly string[];
  readonly createdAt: number;
  readonly devices: readonly DeviceRecord[];
  /** Live data sessions. */
  readonly sessions: number;
}

export interface DeviceRecord {
  readonly id: string;
  readonly hostname: string;
  readonly platform: string;
  readonly version: string;
  readonly enrolledAt: number;
  readonly certificateNotAfter: number;
  readonly revokedAt: number | null;
  readonly online: boolean;
}

export interface Relay {
  readonly addresses: {
    /** `https://host:port` */
    readonly public: string;
    /** `host:port` */
    readonly control: string;
    /** `http://host:port` */
    readonly admin: string;
    /** `http://host:port`; null where it is not opened. */
    readonly redirect: string | null;
  };
  /** PEM of the CA that signs devices and the control port. */
  readonly caPem: string;
  /** Throws CONFLICT when the name or a domain is taken, BAD_INPUT when one is malformed. */
  createTunnel(input: { name: string; domains: readonly string[] }): TunnelRecord;
  listTunnels(): TunnelRecord[];
  /** A one-time token that dies after `ttlMs`. Throws NOT_FOUND. */
  createToken(tunnel: string, ttlMs: number): string;
  /** Ends a device's certificate and cuts its live sessions. Throws NOT_FOUND. */
  revokeDevice(deviceId: string): void;
  /** Drains (at most `drainMs`) and closes every socket. */
  close(drainMs?: number): Promise<void>;
}
