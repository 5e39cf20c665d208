import type { Database } from 'better-sqlite3';
import * as z from 'zod';

/** Who this device is to one relay, but for the private key, which is kept with the secrets. */
export interface IdentityRecord {
  readonly deviceId: string;
  readonly tunnel: string;
  readonly domains: readonly string[];
  readonly endpoint: { readonly host: string; readonly port: number };
  /** PEM. */
  readonly certificate: string;
  /** PEM of the relay's CA. */
  readonly ca: string;
  /** Name of the secret that is the private key. */
  readonly keyName: string;
}

/** An identity and when WeCom refused the address of its relay (errcode 60020), milliseconds; null while it did not. */
export type StoredIdentity = IdentityRecord & { readonly untrustedAt: number | null };

type Endpoint = IdentityRecord['endpoint'];

export interface IdentityStore {
  /** One for each relay, in the order of preference: that of enrolment until {@link IdentityStore.reorder}. */
  list(): StoredIdentity[];
  /** Replaces the identity at the same relay in its place. */
  save(identity: IdentityRecord): void;
  setUntrusted(endpoint: Endpoint, at: number | null): void;
  remove(endpoint: Endpoint): void;
  /** Puts all of them in this order; false, and nothing is changed, where these are not exactly all. */
  reorder(endpoints: readonly Endpoint[]): boolean;
}

interface Row {
  readonly host: string;
  readonly port: number;
  readonly device_id: string;
  readonly tunnel: string;
  readonly domains: string;
  readonly certificate: string;
  readonly ca: string;
  readonly key_name: string;
  readonly untrusted_at: number | null;
}

export function createIdentityStore(database: Database): IdentityStore {
  const all = database.prepare<[], Row>('SELECT * FROM identities ORDER BY rowid');
  const put = database.prepare(`
    INSERT INTO identities (host, port, device_id, tunnel, domains, certificate, ca, key_name)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (host, port) DO UPDATE SET
      device_id = excluded.device_id, tunnel = excluded.tunnel, domains = excluded.domains,
      certificate = excluded.certificate, ca = excluded.ca, key_name = excluded.key_name`);
  const mark = database.prepare(
    'UPDATE identities SET untrusted_at = ? WHERE host = ? AND port = ?',
  );
  const drop = database.prepare('DELETE FROM identities WHERE host = ? AND port = ?');
  const append = database.prepare(`
    INSERT INTO identities (host, port, device_id, tunnel, domains, certificate, ca, key_name, untrusted_at)
    VALUES (@host, @port, @device_id, @tunnel, @domains, @certificate, @ca, @key_name, @untrusted_at)`);
  // The order of the rows is the order of preference.
  const rewrite = database.transaction((rows: readonly Row[]) => {
    for (const { host, port } of rows) drop.run(host, port);
    for (const row of rows) append.run(row);
  });
  return {
    list: () => all.all().map(whole),
    save: ({ deviceId, tunnel, domains, endpoint, certificate, ca, keyName }) =>
      void put.run(
        endpoint.host,
        endpoint.port,
        deviceId,
        tunnel,
        JSON.stringify(domains),
        certificate,
        ca,
        keyName,
      ),
    setUntrusted: ({ host, port }, at) => void mark.run(at, host, port),
    remove: ({ host, port }) => void drop.run(host, port),
    reorder(endpoints) {
      const rows = all.all();
      const wanted = endpoints.flatMap((at) =>
        rows.filter(({ host, port }) => host === at.host && port === at.port),
      );
      const counts = [endpoints.length, wanted.length, new Set(wanted).size];
      if (counts.some((count) => count !== rows.length)) return false;
      rewrite(wanted);
      return true;
    },
  };
}

function whole(row: Row): StoredIdentity {
  return {
    deviceId: row.device_id,
    tunnel: row.tunnel,
    domains: z.array(z.string()).parse(JSON.parse(row.domains)),
    endpoint: { host: row.host, port: row.port },
    certificate: row.certificate,
    ca: row.ca,
    keyName: row.key_name,
    untrustedAt: row.untrusted_at,
  };
}
