import type { AppError } from '../../../common/errors/app-error.ts';
import type { ErrorCode } from '../../../common/errors/codes.ts';
import type { Logger } from '../../../common/domain/log.ts';
import type { TunnelView } from '../../../common/domain/tunnel.ts';
import type { Egress, Gateway } from '../../../gateway/index.ts';
import type { Dialer } from './dial.ts';
import type { HealthOptions } from './health.ts';
import type { DeviceIdentity } from './identity.ts';
import type { Timing } from './timing.ts';

/** How connections to a relay are made; see {@link TunnelClient.setWay}. */
export interface LinkWay {
  /** For the view: what `dialer` speaks. */
  readonly transport: 'h2' | 'wss';
  readonly dialer: Dialer;
  /** Milliseconds between heartbeats; undefined takes what the relay asks for. */
  readonly heartbeatMs: number | undefined;
  /** Whether bodies are compressed inside the tunnel: answers here, requests by the relay. */
  readonly compression: boolean;
}

export interface TunnelClientOptions {
  readonly log: Logger;
  readonly version: string;
  readonly handleStream: Gateway['handleStream'];
  /** The view changed. */
  readonly onChange: (view: TunnelView) => void;
  /** A renewed certificate, to be stored before it is used. */
  readonly onIdentity: (identity: DeviceIdentity) => Promise<void>;
  /** Milliseconds since the epoch; for testing. */
  readonly now?: () => number;
  /** [0, 1); for testing. */
  readonly random?: () => number;
  readonly timing?: Partial<Timing>;
  /** Until `setWay` says otherwise. What is left out: TCP, the relay's heartbeat, no compression. */
  readonly transport?: LinkWay['transport'];
  readonly heartbeatMs?: number | undefined;
  readonly compression?: boolean;
  readonly dialer?: Dialer;
  /** PEM of further authorities for hosts behind the relay; for testing. */
  readonly egressCa?: string;
}

export interface TunnelStats {
  /** Registrations after the first. */
  readonly reconnects: number;
  /** Of the last heartbeat, milliseconds. */
  readonly rttMs: number | null;
  readonly up: boolean;
  /** Streams that were handed to the gateway. */
  readonly requests: number;
  /** Of them, those that are not finished. */
  readonly inFlight: number;
  /** Bytes of all its data sessions, inside TLS. */
  readonly bytes: { readonly received: number; readonly sent: number };
  /** How often a link was lost or refused, by the reason. */
  readonly losses: ReadonlyMap<ErrorCode, number>;
}

/** The on-prem end of the tunnel. It reconnects for ever, until someone wants it off. */
export interface TunnelClient {
  view(): TunnelView;
  /** Sets who this device is, or that it is nobody; a live link of the old identity is cut. */
  setIdentity(identity: DeviceIdentity | null): void;
  /** The same device with another certificate or key: its connections are made anew without losing a request. */
  updateIdentity(identity: DeviceIdentity): void;
  /**
   * Reaches the relay in another way from now on. Live connections are replaced by new ones without losing a request; where
   * those cannot be made the old ones stay, {@link pending} says why, and it is tried again.
   */
  setWay(way: LinkWay): void;
  /** The way of the connections that there are, else the one that is tried. */
  way(): LinkWay;
  /** Why connections are still those of an older way or certificate; null where they are not. */
  pending(): AppError | null;
  /** Wants the tunnel up; while waiting or refused it tries at once. */
  connect(): void;
  /** Wants it down: tells the relay, finishes what is under way, closes. Resolves when all is closed. */
  disconnect(): Promise<void>;
  /** The machine woke or its network changed: probes the sessions, or dials at once. */
  wake(): void;
  /** One request from the relay through the tunnel and back. Rejects when there is no answer, or one of 500 and above. */
  probe(path: string): Promise<void>;
  /** The way out by the relay's address. */
  readonly egress: Egress;
  /** Chain that the relay presents to the public, PEM; null while unknown. */
  publicCertificate(): string | null;
  stats(): TunnelStats;
  /** Drains for at most `drainMs` (default 30 s), closes every socket and timer. The client cannot be used again. */
  stop(drainMs?: number): Promise<void>;
}

export interface TunnelOptions extends TunnelClientOptions {
  readonly health?: Partial<HealthOptions> | undefined;
  /** When WeCom refused the address of a relay; null while it did not. */
  readonly untrustedSince?: (endpoint: DeviceIdentity['endpoint']) => number | null;
}

/** A relay's part in the tunnel, for figures. */
export interface LinkStats extends TunnelStats {
  readonly endpoint: string;
  readonly sessions: number;
  readonly probeFailures: number;
}

/**
 * The on-prem end of the tunnel, over one relay or several. All are connected at the same time and requests may come through
 * any of them; messages leave by one, chosen by `chooseEgress`.
 */
export interface Tunnel extends Omit<
  TunnelClient,
  'setIdentity' | 'updateIdentity' | 'probe' | 'way' | 'pending'
> {
  /**
   * One identity for each relay, in the order of preference. Links that stay are not touched; of those that go, another
   * device's goes once its successor is online, and each finishes what it has under way.
   */
  setIdentities(identities: readonly DeviceIdentity[]): void;
  /** Checks the links in this way from now on; what is left out is the default. */
  setHealth(health: Partial<HealthOptions>): void;
  /** Looks at the choice of the way out again: what WeCom trusts has changed. */
  reconsider(): void;
  linkStats(): readonly LinkStats[];
}
