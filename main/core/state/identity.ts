import { endpointText, type DeviceIdentity } from '../tunnel/index.ts';
import type { Stores } from '../settings/index.ts';
import { secretName } from './secret-names.ts';

type Endpoint = DeviceIdentity['endpoint'];

/** Keeps who this device is to each of its relays: certificates in the open, private keys sealed. */
export interface IdentityKeeper {
  /** In the order of preference, without those whose key no longer opens. */
  list(): readonly DeviceIdentity[];
  /** The first of them; null before enrolment. */
  current(): DeviceIdentity | null;
  /** Throws `SECRET_STORE_UNAVAILABLE` when a key could not be kept. */
  probe(): Promise<void>;
  /** Stores the whole identity, in the place of the one at the same relay, or nothing. Throws `SECRET_STORE_UNAVAILABLE`. */
  save(identity: DeviceIdentity): Promise<void>;
  /** Forgets the identity at one relay, or all. */
  forget(endpoint?: Endpoint): void;
  /** Sets the order of preference. False, and nothing is changed, where these are not all of {@link list}. */
  reorder(endpoints: readonly Endpoint[]): boolean;
  /** When WeCom refused the address of a relay; null while it did not. */
  untrustedSince(endpoint: Endpoint): number | null;
  setUntrusted(endpoint: Endpoint, at: number | null): void;
}

export function createIdentityKeeper(
  stores: Pick<Stores, 'identity' | 'secrets' | 'transaction'>,
): IdentityKeeper {
  let known: readonly DeviceIdentity[] = [];
  let untrusted: ReadonlyMap<string, number> = new Map();
  const load = (): void => {
    const records = stores.identity.list();
    known = records.flatMap((record) => {
      const { deviceId, tunnel, domains, endpoint, certificate, ca } = record;
      const privateKey = stores.secrets.get(record.keyName);
      if (privateKey === undefined) return [];
      return [{ deviceId, tunnel, domains, endpoint, certificate, ca, privateKey }];
    });
    untrusted = new Map(
      records.flatMap(({ endpoint, untrustedAt }) =>
        untrustedAt === null ? [] : [[endpointText(endpoint), untrustedAt] as const],
      ),
    );
  };
  load();

  return {
    list: () => known,
    current: () => known[0] ?? null,
    async probe() {
      await stores.secrets.seal(secretName.requestKey, 'probe');
    },
    async save(identity) {
      const keyName = secretName.deviceKey(endpointText(identity.endpoint));
      const key = await stores.secrets.seal(keyName, identity.privateKey);
      stores.transaction(() => {
        const before = stores.identity.list().find((one) => isAt(one, identity.endpoint));
        if (before !== undefined && before.keyName !== keyName)
          stores.secrets.remove(before.keyName);
        stores.identity.save({ ...identity, keyName });
        stores.secrets.put(key);
      });
      load();
    },
    forget(endpoint) {
      stores.transaction(() => {
        for (const record of stores.identity.list()) {
          if (endpoint !== undefined && !isAt(record, endpoint)) continue;
          stores.identity.remove(record.endpoint);
          stores.secrets.remove(record.keyName);
        }
      });
      load();
    },
    reorder(endpoints) {
      // Those whose key no longer opens are not shown; they keep to the end.
      const hidden = stores.identity
        .list()
        .map(({ endpoint }) => endpoint)
        .filter((endpoint) => known.every((one) => !isAt(one, endpoint)));
      const done = stores.identity.reorder([...endpoints, ...hidden]);
      if (done) load();
      return done;
    },
    untrustedSince: (endpoint) => untrusted.get(endpointText(endpoint)) ?? null,
    setUntrusted(endpoint, at) {
      if ((untrusted.get(endpointText(endpoint)) ?? null) === at) return;
      stores.identity.setUntrusted(endpoint, at);
      load();
    },
  };
}

function isAt(one: { readonly endpoint: Endpoint }, endpoint: Endpoint): boolean {
  return one.endpoint.host === endpoint.host && one.endpoint.port === endpoint.port;
}
