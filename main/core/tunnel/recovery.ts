import http2 from 'node:http2';
import type { Logger } from '../../../common/domain/log.ts';
import { AppError, type ErrorInfo } from '../../../common/errors/app-error.ts';
import type { ErrorCode } from '../../../common/errors/codes.ts';
import { RenewResponse } from '../../../common/tunnel/control.ts';
import { alpn, controlPath } from '../../../common/tunnel/protocol.ts';
import { createCsr } from '../certificates/index.ts';
import { dial, type Dialer } from './dial.ts';
import { exchange, RelayRefusal } from './exchange.ts';
import { tie } from './fate.ts';
import type { DeviceIdentity } from './identity.ts';
import { requireMatch } from './renewal.ts';
import type { Timing } from './timing.ts';

export interface RecoveryOptions {
  readonly log: Logger;
  readonly now: () => number;
  readonly timing: Timing;
  readonly dialer: Dialer;
  readonly identity: () => DeviceIdentity | null;
  /** Stores the renewed identity and connects with it. */
  readonly store: (identity: DeviceIdentity) => Promise<void>;
  /** Whether the tunnel stands refused: while somebody has to approve it, there is nothing else to do. */
  readonly isRefused: () => boolean;
  /** What {@link Recovery.explain} says has changed. */
  readonly onChange: () => void;
}

/**
 * The way back for a device whose certificate has expired while it was off: the relay gives a certificate of the same key on a
 * connection that can do nothing else, for some days. Where somebody has to approve it there, it goes on asking.
 */
export interface Recovery {
  /** A link was lost or refused: tries once if it was for the certificate's age. */
  consider(error: ErrorInfo): void;
  /** What stands in the way, where a certificate's age is only half of it: an approval that is awaited or was refused. */
  explain(error: ErrorInfo): ErrorInfo;
  stop(): void;
}

export function createRecovery(options: RecoveryOptions): Recovery {
  const { log } = options;
  const ended = new AbortController();
  let working = false;
  let timer: NodeJS.Timeout | undefined;
  let answer: { readonly certificate: string; readonly code: ErrorCode } | null = null;

  const recover = async (identity: DeviceIdentity): Promise<void> => {
    const renewed = await renewExpired(identity, options, ended.signal);
    await options.store(renewed);
    log.info({}, 'expired certificate renewed');
  };

  const attempt = (): void => {
    const identity = options.identity();
    if (working || ended.signal.aborted || identity === null || identity.renewable === false)
      return;
    clearTimeout(timer);
    working = true;
    recover(identity)
      .then(() => note(null))
      .catch((thrown: unknown) => {
        if (!ended.signal.aborted) fail(identity, thrown);
      })
      .finally(() => {
        working = false;
      });
  };

  const fail = (identity: DeviceIdentity, thrown: unknown): void => {
    const error = thrown instanceof RelayRefusal ? thrown.error : thrown;
    const code = error instanceof AppError ? error.code : 'INTERNAL';
    const before = explained()?.code;
    const isPending =
      code === 'RECOVERY_PENDING' || (before === 'RECOVERY_PENDING' && !code.startsWith('CERT_'));
    if (code === 'RECOVERY_REFUSED') note({ certificate: identity.certificate, code });
    else note(isPending ? { certificate: identity.certificate, code: 'RECOVERY_PENDING' } : null);
    if (code !== before) log.warn({ code }, 'expired certificate could not be renewed');
    if (!isPending) return;
    const wait = thrown instanceof RelayRefusal ? thrown.retryAfterMs : null;
    // Spread: devices that expire together wait for the same person.
    const pause = (wait ?? options.timing.pickup) * (0.8 + Math.random() * 0.4);
    timer = setTimeout(() => options.isRefused() && attempt(), pause);
    timer.unref();
  };
  const note = (next: typeof answer): void => {
    answer = next;
    options.onChange();
  };
  /** What the relay said of the certificate that the device has now. */
  const explained = (): ErrorInfo | null =>
    answer !== null && options.identity()?.certificate === answer.certificate
      ? { code: answer.code, params: {} }
      : null;

  return {
    consider: (error) => {
      if (isExpiry(error)) attempt();
    },
    // A clock that is off is said before anything else.
    explain: (error) => (error.code === 'CERT_EXPIRED' ? (explained() ?? error) : error),
    stop: () => {
      clearTimeout(timer);
      ended.abort(new AppError('SESSION_LOST', { reason: 'stopped' }));
    },
  };
}

function isExpiry({ code, params }: ErrorInfo): boolean {
  return code === 'CERT_EXPIRED' || params['reason'] === 'CERT_EXPIRED';
}

async function renewExpired(
  identity: DeviceIdentity,
  { timing, dialer, now }: RecoveryOptions,
  signal: AbortSignal,
): Promise<DeviceIdentity> {
  const socket = await dial({
    endpoint: identity.endpoint,
    alpn: alpn.control,
    ca: identity.ca,
    privateKey: identity.privateKey,
    certificate: identity.certificate,
    dialer,
    deadlineMs: timing.dial,
    signal,
    now,
  });
  const session = http2.connect('https://relay.causeway', { createConnection: () => socket });
  const fate = tie(session, socket);
  const onAbort = (): void => void socket.destroy();
  signal.addEventListener('abort', onAbort);
  try {
    const csr = createCsr(identity.privateKey, identity.deviceId);
    const answer = await exchange(
      session,
      controlPath.renew,
      { csr },
      RenewResponse,
      timing.pingDeadline,
    );
    requireMatch(answer.certificate, answer.ca, identity.privateKey);
    return { ...identity, certificate: answer.certificate, ca: answer.ca };
  } finally {
    signal.removeEventListener('abort', onAbort);
    session.destroy();
    socket.destroy();
    await fate.closed;
  }
}
