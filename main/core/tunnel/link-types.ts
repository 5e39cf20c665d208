import type { IncomingHttpHeaders } from 'node:http2';
import type { Logger } from '../../../common/domain/log.ts';
import type { AppError } from '../../../common/errors/app-error.ts';
import type { RegisterResponse, RelayEvent } from '../../../common/tunnel/control.ts';
import type { TunnelStream } from '../../../gateway/types.ts';
import type { Clocks, ControlSession } from './control.ts';
import type { DeviceIdentity } from './identity.ts';
import type { Timing } from './timing.ts';
import type { LinkWay } from './types.ts';

export interface LinkOptions {
  readonly identity: DeviceIdentity;
  readonly way: LinkWay;
  readonly version: string;
  readonly timing: Timing;
  readonly log: Logger;
  readonly now: () => number;
  /** How often this run has registered before. */
  readonly registrations: () => number;
  /** Relay's clock minus ours as last measured, milliseconds. */
  readonly skewMs?: () => number | null;
  /** Whether to leave the device to another program that has it; see `RegisterRequest`. */
  readonly yields?: () => boolean;
}

/** What a link has to tell while it is the current one; it falls silent once it is abandoned, drained or destroyed. */
export interface LinkHandlers {
  readonly onRegistered: (registration: RegisterResponse) => void;
  readonly onAttached: (slot: number) => void;
  readonly onSlotLost: (slot: number, error: AppError) => void;
  readonly onLost: (error: AppError, retryAfterMs: number | null) => void;
  readonly onEvent: (event: RelayEvent) => void;
  readonly onClocks: (clocks: Clocks) => void;
  readonly onStream: (stream: TunnelStream, headers: IncomingHttpHeaders) => void;
}

/** One registration at the relay: its control session and its data sessions. */
export interface Link {
  /** Identity that its connections have shown. */
  identity(): DeviceIdentity;
  /** How they were made. */
  way(): LinkWay;
  /** The registered control session; null before, and after it is lost. */
  control(): ControlSession | null;
  /** Bytes of its data sessions so far, inside TLS. */
  bytes(): { readonly received: number; readonly sent: number };
  open(): void;
  attach(slot: number): void;
  probe(): void;
  /**
   * Replaces every connection by one of `identity` that is made in this `way`, without losing a request: all are dialled
   * first, then the relay is told to let the old ones finish, and `handover` wraps the moment between. Throws, and leaves all
   * as it was, when the new connections cannot be made; once the old ones have been announced as leaving, a failure is a lost
   * link.
   */
  refresh(
    identity: DeviceIdentity,
    way: LinkWay,
    handover: (register: () => Promise<void>) => Promise<void>,
  ): Promise<void>;
  /** Data sessions serve on as long as they live, at most `limitMs`. */
  abandon(limitMs: number): void;
  /** Takes nothing new, ends when what is under way has ended, at most after `limitMs`. */
  retire(limitMs: number): void;
  /** The same, having told the relay. */
  drain(limitMs: number): Promise<void>;
  destroy(): void;
  /** Resolves when no connection of this link is left. */
  closed(): Promise<void>;
}
