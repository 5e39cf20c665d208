import type { Database } from 'better-sqlite3';
import type { DeviceFacts } from '../../common/tunnel/control.ts';

/** An uploaded auth file and what became of it. */
export interface StoredAuthRequest {
  /** Lower hex SHA-256 of the CSR's DER. */
  readonly fingerprint: string;
  readonly csr: string;
  readonly device: DeviceFacts;
  readonly createdAt: number;
  readonly uploadedAt: number;
  readonly uploadedBy: string;
  readonly refusedAt: number | null;
  readonly collectedAt: number | null;
  /** Set once approved; null again when the device's tunnel was removed. */
  readonly deviceId: string | null;
  /** PEM, once approved. */
  readonly certificate: string | null;
}

export type NewAuthRequest = Pick<
  StoredAuthRequest,
  'fingerprint' | 'csr' | 'device' | 'createdAt' | 'uploadedAt' | 'uploadedBy'
>;

export interface AuthRequestStore {
  /** False when it is there already. */
  insert(request: NewAuthRequest): boolean;
  byFingerprint(fingerprint: string): StoredAuthRequest | null;
  /** Newest first, those that nobody has decided on before the others. */
  list(): StoredAuthRequest[];
  countPending(): number;
  /** Meant to run inside the transaction that stores the device; false when it was decided before. */
  approve(fingerprint: string, deviceId: string, certificate: string): boolean;
  /** False when it was decided before. */
  refuse(fingerprint: string, now: number): boolean;
  /** Notes the first pick-up. True for the first. */
  collect(fingerprint: string, now: number): boolean;
  /** Forgets what was uploaded before `olderThan`. */
  sweep(olderThan: number): void;
}

interface Row {
  readonly fingerprint: string;
  readonly csr: string;
  readonly hostname: string;
  readonly platform: string;
  readonly version: string;
  readonly created_at: number;
  readonly uploaded_at: number;
  readonly uploaded_by: string;
  readonly refused_at: number | null;
  readonly collected_at: number | null;
  readonly device_id: string | null;
  readonly certificate: string | null;
}

const LIST_LIMIT = 200;

export function authRequestStore(database: Database): AuthRequestStore {
  const insert = database.prepare(
    `INSERT INTO auth_requests
       (fingerprint, csr, hostname, platform, version, created_at, uploaded_at, uploaded_by)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const select = database.prepare<[string], Row>(
    'SELECT * FROM auth_requests WHERE fingerprint = ?',
  );
  const list = database.prepare<[number], Row>(
    `SELECT * FROM auth_requests
     ORDER BY (certificate IS NULL AND refused_at IS NULL) DESC, uploaded_at DESC LIMIT ?`,
  );
  const pending = database
    .prepare<[], number>(
      'SELECT count(*) FROM auth_requests WHERE certificate IS NULL AND refused_at IS NULL',
    )
    .pluck();
  const approve = database.prepare<[string, string, string]>(
    `UPDATE auth_requests SET device_id = ?, certificate = ?
     WHERE fingerprint = ? AND certificate IS NULL AND refused_at IS NULL`,
  );
  const refuse = database.prepare<[number, string]>(
    `UPDATE auth_requests SET refused_at = ?
     WHERE fingerprint = ? AND certificate IS NULL AND refused_at IS NULL`,
  );
  const collect = database.prepare<[number, string]>(
    'UPDATE auth_requests SET collected_at = ? WHERE fingerprint = ? AND collected_at IS NULL',
  );
  const sweep = database.prepare<[number]>('DELETE FROM auth_requests WHERE uploaded_at < ?');
  return {
    insert: ({ fingerprint, csr, device, createdAt, uploadedAt, uploadedBy }) => {
      const { hostname, platform, version } = device;
      const result = insert.run(
        fingerprint,
        csr,
        hostname,
        platform,
        version,
        createdAt,
        uploadedAt,
        uploadedBy,
      );
      return result.changes === 1;
    },
    byFingerprint: (fingerprint) => {
      const row = select.get(fingerprint);
      return row === undefined ? null : whole(row);
    },
    list: () => list.all(LIST_LIMIT).map(whole),
    countPending: () => pending.get() ?? 0,
    approve: (fingerprint, deviceId, certificate) =>
      approve.run(deviceId, certificate, fingerprint).changes === 1,
    refuse: (fingerprint, now) => refuse.run(now, fingerprint).changes === 1,
    collect: (fingerprint, now) => collect.run(now, fingerprint).changes === 1,
    sweep: (olderThan) => void sweep.run(olderThan),
  };
}

function whole(row: Row): StoredAuthRequest {
  const { hostname, platform, version } = row;
  return {
    fingerprint: row.fingerprint,
    csr: row.csr,
    device: { hostname, platform, version },
    createdAt: row.created_at,
    uploadedAt: row.uploaded_at,
    uploadedBy: row.uploaded_by,
    refusedAt: row.refused_at,
    collectedAt: row.collected_at,
    deviceId: row.device_id,
    certificate: row.certificate,
  };
}
