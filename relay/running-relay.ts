import type { AcmeState } from './acme/manager.ts';
import type { AuthFiles } from './auth-files.ts';
import type { Overload } from './gates/overload.ts';
import type { Gate } from './ingress/gate.ts';
import type { IngressLimits } from './ingress/limits.ts';
import type { PublicTls } from './ingress/server.ts';
import type { Timelines } from './ingress/timeline.ts';
import type { Recoveries } from './recoveries.ts';
import type { HeldFigures } from './spool/held-store.ts';
import type { RuleBook } from './tunnel-rules.ts';
import type { Relay } from './types.ts';

/** What a relay has beyond {@link Relay} for those that are part of it. */
export interface RelayParts {
  readonly limits?: Partial<IngressLimits>;
  /** Asked in order before a request enters its tunnel. */
  readonly gates?: readonly Gate[];
  /** Between looks at a certificate order, milliseconds. */
  readonly acmePollMs?: number;
  /** How far the event loop is behind; measured unless told. */
  readonly overload?: Overload;
}

/** A relay with the seams that its own programs use. */
export interface RunningRelay extends Relay {
  /** Connections from now on get this public certificate, and devices are told of it when they next register. */
  reloadPublicTls(tls: PublicTls): void;
  /** The same for the admin port, where it has a certificate. */
  reloadAdminTls(tls: PublicTls): void;
  /** Counts that a new public certificate could not be taken. */
  publicTlsBroken(): void;
  /** White-lists, limits, hold-and-deliver and signature gates per tunnel. */
  readonly rules: Omit<RuleBook, 'forget'>;
  /** The last public requests, hop by hop, and those to come. */
  readonly traffic: Pick<Timelines, 'recent' | 'subscribe'>;
  /** What is held for each tunnel; one with nothing is not in it. */
  held(): Readonly<Record<string, HeldFigures>>;
  /** Certificates that the relay obtains by itself; empty where it does not. */
  acmeState(): readonly AcmeState[];
  /** Looks now which certificates are due; resolves when each was tried. */
  checkCertificates(): Promise<void>;
  /** Renewal of expired certificates, where it needs somebody's approval. */
  readonly recoveries: Pick<Recoveries, 'list' | 'approve' | 'refuse'>;
  /**
   * A password with which a user of the console signs in once and chooses one of its own; makes the user where there is none.
   * Null, and nothing is changed, where it has chosen one already.
   */
  oncePassword(user: string): Promise<string | null>;
  /** Enrolment by an uploaded auth file. */
  readonly authFiles: AuthFiles;
}
