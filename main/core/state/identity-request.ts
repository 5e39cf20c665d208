import { AppError, toErrorInfo, type ErrorInfo } from '../../../common/errors/app-error.ts';
import type { DeviceFacts } from '../../../common/tunnel/control.ts';
import type { EnrolmentRequest } from '../../../common/domain/tunnel.ts';
import type { Logger } from '../../../common/domain/log.ts';
import { timing } from '../../../common/tunnel/protocol.ts';
import type { Exclusive } from '../api/exclusive.ts';
import { createDeviceKey } from '../certificates/index.ts';
import type { IdentityRequestRecord } from '../settings/request-store.ts';
import type { Stores } from '../settings/index.ts';
import {
  createAuthFile,
  csrFingerprint,
  endpointText,
  readAuthFile,
  type DeviceIdentity,
  type PickUpInput,
} from '../tunnel/index.ts';
import { secretName } from './secret-names.ts';

export type RequestRelay = NonNullable<IdentityRequestRecord['relay']>;

export interface IdentityRequestOptions {
  readonly stores: Pick<Stores, 'identityRequest' | 'secrets' | 'transaction'>;
  readonly facts: DeviceFacts;
  readonly pickUp: (
    input: Pick<PickUpInput, 'endpoint' | 'trust' | 'csr' | 'privateKey' | 'signal'>,
  ) => Promise<DeviceIdentity>;
  /** Stores the identity and brings its tunnel up. */
  readonly adopt: (identity: DeviceIdentity) => Promise<void>;
  readonly exclusive: Exclusive;
  readonly changed: () => void;
  readonly log: Logger;
  readonly now: () => number;
  /** Milliseconds between two looks; for testing. */
  readonly pauseMs?: number;
}

/** Enrolment by an auth file, from writing it to having the certificate, across restarts of the program. */
export interface IdentityRequests {
  view(): EnrolmentRequest | null;
  /** Makes the auth file, or gives the waiting one; `relay` says where its certificate will be. */
  request(relay: RequestRelay | null): Promise<{ file: string; fingerprint: string }>;
  /** Throws NOT_FOUND. */
  cancel(): Promise<void>;
  /** Begins to look for the certificate of an auth file from before. */
  start(): void;
  stop(): Promise<void>;
}

export function createIdentityRequests(options: IdentityRequestOptions): IdentityRequests {
  const { stores, exclusive, changed, log, now } = options;
  const pauseMs = options.pauseMs ?? timing.pickup;
  const ended = new AbortController();
  let timer: NodeJS.Timeout | null = null;
  let looking: Promise<void> | null = null;
  let askedAt: number | null = null;
  let error: ErrorInfo | null = null;

  const waiting = (): (IdentityRequestRecord & { privateKey: string }) | null => {
    const record = stores.identityRequest.read();
    const privateKey = stores.secrets.get(secretName.requestKey);
    return record === undefined || privateKey === undefined ? null : { ...record, privateKey };
  };

  const clear = (): void => {
    stores.transaction(() => {
      stores.identityRequest.clear();
      stores.secrets.remove(secretName.requestKey);
    });
    askedAt = null;
    error = null;
  };

  const look = async (): Promise<void> => {
    const request = waiting();
    if (request?.relay == null) return;
    const { file, privateKey, relay } = request;
    const { csr } = readAuthFile(file);
    try {
      const identity = await options.pickUp({
        endpoint: { host: relay.host, port: relay.port },
        trust: relay.trust,
        csr,
        privateKey,
        signal: ended.signal,
      });
      await exclusive(async () => {
        // Cancelled or replaced while the relay was being asked.
        if (waiting()?.file !== file) return;
        await options.adopt(identity);
        clear();
        log.info({ device: identity.deviceId, tunnel: identity.tunnel }, 'device enrolled');
      });
    } catch (thrown) {
      if (ended.signal.aborted) return;
      const info = toErrorInfo(thrown);
      // Not uploaded and not decided is what waiting means.
      error = info.code === 'ENROLMENT_PENDING' || info.code === 'NOT_FOUND' ? null : info;
      log[error === null ? 'debug' : 'warn']({ code: info.code }, 'no certificate yet');
    }
    askedAt = now();
    changed();
  };

  const schedule = (delay: number): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (ended.signal.aborted) return;
    timer = setTimeout(() => {
      looking ??= look().finally(() => {
        looking = null;
        if (waiting()?.relay != null && error?.code !== 'ENROLMENT_REFUSED') {
          // Spread, so that devices that were set up together do not ask together.
          schedule(pauseMs * (0.8 + 0.4 * Math.random()));
        }
      });
    }, delay);
    timer.unref();
  };

  const make = async (relay: RequestRelay | null): Promise<string> => {
    const privateKey = await createDeviceKey();
    const key = await stores.secrets.seal(secretName.requestKey, privateKey);
    const authFile = await createAuthFile({
      privateKey,
      facts: options.facts,
      now: now(),
      ...(relay === null ? {} : { relay: relay.host }),
    });
    const file = `${JSON.stringify(authFile, null, 2)}\n`;
    stores.transaction(() => {
      stores.identityRequest.save({ file, relay });
      stores.secrets.put(key);
    });
    return file;
  };

  return {
    view: () => {
      const request = waiting();
      if (request === null) return null;
      const { csr, createdAt } = readAuthFile(request.file);
      return {
        fingerprint: csrFingerprint(csr),
        createdAt,
        endpoint: request.relay === null ? null : endpointText(request.relay),
        askedAt,
        error,
      };
    },
    request: (relay) =>
      exclusive(async () => {
        // A refused one is over: the relay would refuse it again. Where to ask stays known.
        const asked = stores.identityRequest.read()?.relay ?? null;
        if (error?.code === 'ENROLMENT_REFUSED') clear();
        const before = waiting();
        if (before !== null && relay !== null) {
          stores.identityRequest.save({ file: before.file, relay });
        }
        const file = before?.file ?? (await make(relay ?? asked));
        schedule(0);
        changed();
        return { file, fingerprint: csrFingerprint(readAuthFile(file).csr) };
      }),
    cancel: () =>
      exclusive(() => {
        if (waiting() === null) throw new AppError('NOT_FOUND', { request: 'auth-file' });
        clear();
        changed();
      }),
    start: () => schedule(0),
    stop: async () => {
      ended.abort(new AppError('HOST_GONE'));
      if (timer !== null) clearTimeout(timer);
      await looking;
    },
  };
}
