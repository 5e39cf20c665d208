import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '../../../common/domain/log.ts';
import { toErrorInfo } from '../../../common/errors/app-error.ts';
import type { DeviceIdentity } from './identity.ts';

export interface OwnIdentityOptions {
  readonly log: Logger;
  /** Stores an identity that has changed. */
  readonly save: (identity: DeviceIdentity) => Promise<void>;
}

/** Who this client is, and the changes that come of the relay's word: each is stored before it counts. */
export interface OwnIdentity {
  readonly get: () => DeviceIdentity | null;
  readonly set: (identity: DeviceIdentity | null) => void;
  /**
   * A new certificate of the same device. Resolves with false, and nothing is changed, where another identity was set in
   * the meantime; rejects with what the store throws.
   */
  readonly renewed: (
    by: Pick<DeviceIdentity, 'deviceId' | 'certificate' | 'ca'>,
  ) => Promise<boolean>;
  /**
   * The relay binds and unbinds domains at any time. They are stored, so that a start without a network shows the last that
   * were known; for an identity that somebody else keeps they only count as long as this program runs.
   */
  readonly bound: (domains: readonly string[]) => void;
}

export function createOwnIdentity({ log, save }: OwnIdentityOptions): OwnIdentity {
  let identity: DeviceIdentity | null = null;
  let saving: Promise<unknown> = Promise.resolve();

  /** One after the other, each on top of the one before: a renewal must not bring old domains back. */
  const change = (deviceId: string, parts: Partial<DeviceIdentity>): Promise<boolean> => {
    const work = saving.then(async () => {
      if (identity?.deviceId !== deviceId) return false;
      await save({ ...identity, ...parts });
      if (identity?.deviceId !== deviceId) return false;
      identity = { ...identity, ...parts };
      return true;
    });
    saving = work.catch(() => undefined);
    return work;
  };

  return {
    get: () => identity,
    set: (next) => {
      identity = next;
    },
    renewed: ({ deviceId, certificate, ca }) => change(deviceId, { certificate, ca }),
    bound: (domains) => {
      if (identity === null || isDeepStrictEqual(identity.domains, domains)) return;
      if (identity.renewable === false) {
        identity = { ...identity, domains };
        return;
      }
      change(identity.deviceId, { domains: [...domains] }).catch((thrown: unknown) => {
        // The next registration says it again.
        log.warn({ error: toErrorInfo(thrown) }, 'bound domains could not be stored');
      });
    },
  };
}
