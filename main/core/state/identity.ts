import type { DeviceIdentity } from '../tunnel/index.ts';
import type { Stores } from '../settings/index.ts';
import { secretName } from './secret-names.ts';

/** Keeps who this device is: certificates in the open, the private key sealed. */
export interface IdentityKeeper {
  /** Null before enrolment, and where the key no longer opens. */
  current(): DeviceIdentity | null;
  /** Throws `SECRET_STORE_UNAVAILABLE` when a key could not be kept. */
  probe(): Promise<void>;
  /** Stores the whole identity or nothing. Throws `SECRET_STORE_UNAVAILABLE`. */
  save(identity: DeviceIdentity): Promise<void>;
  forget(): void;
}

export function createIdentityKeeper(
  stores: Pick<Stores, 'identity' | 'secrets' | 'transaction'>,
): IdentityKeeper {
  const read = (): DeviceIdentity | null => {
    const record = stores.identity.read();
    const privateKey = stores.secrets.get(secretName.deviceKey);
    return record === undefined || privateKey === undefined ? null : { ...record, privateKey };
  };
  let current = read();
  return {
    current: () => current,
    async probe() {
      await stores.secrets.seal(secretName.deviceKey, 'probe');
    },
    async save(identity) {
      const key = await stores.secrets.seal(secretName.deviceKey, identity.privateKey);
      stores.transaction(() => {
        stores.identity.save(identity);
        stores.secrets.put(key);
      });
      current = identity;
    },
    forget() {
      stores.transaction(() => {
        stores.identity.clear();
        stores.secrets.remove(secretName.deviceKey);
      });
      current = null;
    },
  };
}
