import http2 from 'node:http2';
import type { Logger } from '../../../common/domain/log.ts';
import { AppError, type ErrorInfo } from '../../../common/errors/app-error.ts';
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
}

/**
 * The way back for a device whose certificate has expired while it was off: the relay gives a certificate of the same key on a
 * connection that can do nothing else, for some days.
 */
export interface Recovery {
  /** A link was lost or refused: tries once if it was for the certificate's age. */
  consider(error: ErrorInfo): void;
  stop(): void;
}

export function createRecovery(options: RecoveryOptions): Recovery {
  const { log } = options;
  const ended = new AbortController();
  let working = false;

  const recover = async (identity: DeviceIdentity): Promise<void> => {
    const renewed = await renewExpired(identity, options, ended.signal);
    await options.store(renewed);
    log.info({}, 'expired certificate renewed');
  };

  return {
    consider: ({ code, params }) => {
      const expired = code === 'CERT_EXPIRED' || params['reason'] === 'CERT_EXPIRED';
      const identity = options.identity();
      if (!expired || working || identity === null || identity.renewable === false) return;
      working = true;
      recover(identity)
        .catch((thrown: unknown) => {
          const error = thrown instanceof RelayRefusal ? thrown.error : thrown;
          const reason = error instanceof AppError ? error.code : 'INTERNAL';
          if (!ended.signal.aborted)
            log.warn({ code: reason }, 'expired certificate could not be renewed');
        })
        .finally(() => {
          working = false;
        });
    },
    stop: () => ended.abort(new AppError('SESSION_LOST', { reason: 'stopped' })),
  };
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
