import type { Database } from 'better-sqlite3';

/** The auth file that this device has written and whose certificate it has not got yet; its key is kept with the secrets. */
export interface IdentityRequestRecord {
  /** The file's text. */
  readonly file: string;
  /** Where the certificate is to be picked up, once that is known. */
  readonly relay: {
    readonly host: string;
    readonly port: number;
    /** The relay's CA, by the lower hex SHA-256 of its DER or as PEM. */
    readonly trust: { readonly sha256: string } | { readonly pem: string };
  } | null;
}

export interface RequestStore {
  read(): IdentityRequestRecord | undefined;
  save(request: IdentityRequestRecord): void;
  clear(): void;
}

interface Row {
  readonly file: string;
  readonly host: string | null;
  readonly port: number | null;
  readonly ca_sha256: string | null;
  readonly ca: string | null;
}

export function createRequestStore(database: Database): RequestStore {
  const one = database.prepare<[], Row>('SELECT * FROM identity_request');
  const put = database.prepare(`
    INSERT OR REPLACE INTO identity_request (one, file, host, port, ca_sha256, ca)
    VALUES (1, ?, ?, ?, ?, ?)`);
  const drop = database.prepare('DELETE FROM identity_request');
  return {
    read() {
      const row = one.get();
      return row === undefined ? undefined : { file: row.file, relay: relayOf(row) };
    },
    save({ file, relay }) {
      if (relay === null) put.run(file, null, null, null, null);
      else {
        const { host, port, trust } = relay;
        const pin = 'pem' in trust ? [null, trust.pem] : [trust.sha256, null];
        put.run(file, host, port, ...pin);
      }
    },
    clear: () => void drop.run(),
  };
}

function relayOf({ host, port, ca_sha256: sha256, ca }: Row): IdentityRequestRecord['relay'] {
  if (host === null || port === null) return null;
  if (ca !== null) return { host, port, trust: { pem: ca } };
  return sha256 === null ? null : { host, port, trust: { sha256 } };
}
