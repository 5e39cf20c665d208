import type { Database } from 'better-sqlite3';
import * as z from 'zod';

/** Who this device is to its relay, but for the private key, which is kept with the secrets. */
export interface IdentityRecord {
  readonly deviceId: string;
  readonly tunnel: string;
  readonly domains: readonly string[];
  readonly endpoint: { readonly host: string; readonly port: number };
  /** PEM. */
  readonly certificate: string;
  /** PEM of the relay's CA. */
  readonly ca: string;
}

export interface IdentityStore {
  read(): IdentityRecord | undefined;
  save(identity: IdentityRecord): void;
  clear(): void;
}

interface Row {
  device_id: string;
  tunnel: string;
  domains: string;
  host: string;
  port: number;
  certificate: string;
  ca: string;
}

export function createIdentityStore(database: Database): IdentityStore {
  const one = database.prepare<[], Row>('SELECT * FROM identity');
  const put = database.prepare(`
    INSERT OR REPLACE INTO identity (one, device_id, tunnel, domains, host, port, certificate, ca)
    VALUES (1, ?, ?, ?, ?, ?, ?, ?)`);
  const drop = database.prepare('DELETE FROM identity');
  return {
    read() {
      const row = one.get();
      if (row === undefined) return undefined;
      return {
        deviceId: row.device_id,
        tunnel: row.tunnel,
        domains: z.array(z.string()).parse(JSON.parse(row.domains)),
        endpoint: { host: row.host, port: row.port },
        certificate: row.certificate,
        ca: row.ca,
      };
    },
    save: ({ deviceId, tunnel, domains, endpoint, certificate, ca }) =>
      void put.run(
        deviceId,
        tunnel,
        JSON.stringify(domains),
        endpoint.host,
        endpoint.port,
        certificate,
        ca,
      ),
    clear: () => void drop.run(),
  };
}
