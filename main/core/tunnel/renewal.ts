import { createPrivateKey, X509Certificate } from 'node:crypto';
import { renewalDue } from '../../../common/domain/certificate.ts';
import type { Logger } from '../../../common/domain/log.ts';
import { AppError } from '../../../common/errors/app-error.ts';
import type { ErrorCode } from '../../../common/errors/codes.ts';
import { createCsr } from '../certificates/index.ts';
import type { ControlSession } from './control.ts';
import { RelayRefusal } from './exchange.ts';
import { lifeOf } from './faults.ts';
import type { DeviceIdentity } from './identity.ts';
import type { Timing } from './timing.ts';

/** Timers hold 24.8 days at most, and a clock may be set meanwhile: look again at least this often. */
const LOOK_AGAIN_MS = 3_600_000;
/** Even a certificate that is always due is not renewed more often. */
const MIN_PAUSE_MS = 1_000;

export interface RenewalOptions {
  readonly log: Logger;
  readonly now: () => number;
  readonly timing: Timing;
  readonly identity: () => DeviceIdentity | null;
  readonly control: () => ControlSession | null;
  /** Stores the renewed identity; it is not used before this resolves. */
  readonly store: (identity: DeviceIdentity) => Promise<void>;
  /** Whether the live connections still show an older certificate, or were made in another way. */
  readonly isStale: () => boolean;
  /** Makes the connections anew. Throws when that could not be begun; nothing is lost then. */
  readonly refresh: () => Promise<void>;
}

export interface Renewal {
  /** Looks now: renews what is due, refreshes what is stale, and sets the time of the next look. */
  check(): void;
  stop(): void;
}

/** Keeps the device's certificate young, while there is a control session to ask on. */
export function createRenewal(options: RenewalOptions): Renewal {
  const { log, now, timing } = options;
  let timer: NodeJS.Timeout | null = null;
  let working = false;
  /** Something changed while it was working. */
  let again = false;
  let stopped = false;
  let notBefore = Number.NEGATIVE_INFINITY;

  const look = async (identity: DeviceIdentity, control: ControlSession): Promise<void> => {
    const life = lifeOf(identity.certificate);
    if (life === null) return;
    if (
      identity.renewable !== false &&
      now() >= renewalDue(life) &&
      performance.now() >= notBefore
    ) {
      notBefore = performance.now() + pauseOf(life, timing);
      const renewed = await renew(identity, control);
      await options.store(renewed);
      log.info({ notAfter: lifeOf(renewed.certificate)?.notAfter ?? 0 }, 'certificate renewed');
    }
    if (!options.isStale()) return;
    await options.refresh().catch((thrown: unknown) => {
      log.warn({ code: codeOf(thrown) }, 'new connections cannot be made; the old ones stay');
    });
  };

  const schedule = (): void => {
    if (stopped) return;
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const identity = options.identity();
    const life = identity === null ? null : lifeOf(identity.certificate);
    if (life === null || options.control() === null) return;
    const due = Math.max(renewalDue(life) - now(), notBefore - performance.now());
    const wait = options.isStale() ? pauseOf(life, timing) : due;
    timer = setTimeout(check, Math.min(Math.max(wait, MIN_PAUSE_MS), LOOK_AGAIN_MS));
    timer.unref();
  };

  const check = (): void => {
    const identity = options.identity();
    const control = options.control();
    again ||= working;
    if (stopped || working || identity === null || control === null) return;
    working = true;
    again = false;
    look(identity, control)
      .catch((thrown: unknown) => {
        log.warn({ code: codeOf(thrown) }, 'certificate could not be renewed');
      })
      .finally(() => {
        working = false;
        if (again) check();
        else schedule();
      });
  };

  return {
    check,
    stop: () => {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}

function codeOf(thrown: unknown): ErrorCode {
  const error = thrown instanceof RelayRefusal ? thrown.error : thrown;
  return error instanceof AppError ? error.code : 'INTERNAL';
}

/** Between two tries: a minute, or less where the life is so short that a minute counts. */
function pauseOf(life: { notBefore: number; notAfter: number }, timing: Timing): number {
  return Math.max(
    MIN_PAUSE_MS,
    Math.min(timing.refusedRetry, (life.notAfter - life.notBefore) / 10),
  );
}

/** A certificate of the same key. Throws `RelayRefusal`, `SESSION_LOST`, `CERT_UNKNOWN_CA`. */
async function renew(identity: DeviceIdentity, control: ControlSession): Promise<DeviceIdentity> {
  const answer = await control.renew(createCsr(identity.privateKey, identity.deviceId));
  requireMatch(answer.certificate, answer.ca, identity.privateKey);
  return { ...identity, certificate: answer.certificate, ca: answer.ca };
}

/**
 * Whether an issued certificate is for our key and signed by the CA that came with it: one that is not would lock us out.
 * Throws `CERT_UNKNOWN_CA`.
 */
export function requireMatch(certificate: string, ca: string, privateKey: string): void {
  let fits = false;
  try {
    const leaf = new X509Certificate(certificate);
    const issuer = new X509Certificate(ca);
    fits = leaf.checkPrivateKey(createPrivateKey(privateKey)) && leaf.verify(issuer.publicKey);
  } catch {
    fits = false;
  }
  if (!fits) throw new AppError('CERT_UNKNOWN_CA');
}
