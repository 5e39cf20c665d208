import type { Database } from 'better-sqlite3';

const schema = `
  CREATE TABLE tunnels (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE domains (
    domain TEXT PRIMARY KEY,
    tunnel_id INTEGER NOT NULL REFERENCES tunnels(id) ON DELETE CASCADE,
    position INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX domains_by_tunnel ON domains(tunnel_id, position);
  CREATE TABLE devices (
    id TEXT PRIMARY KEY,
    tunnel_id INTEGER NOT NULL REFERENCES tunnels(id) ON DELETE CASCADE,
    hostname TEXT NOT NULL,
    platform TEXT NOT NULL,
    version TEXT NOT NULL,
    enrolled_at INTEGER NOT NULL,
    revoked_at INTEGER,
    generation INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX devices_by_tunnel ON devices(tunnel_id, enrolled_at);
  CREATE TABLE certificates (
    serial TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE,
    device_id TEXT NOT NULL REFERENCES devices(id) ON DELETE CASCADE,
    not_before INTEGER NOT NULL,
    not_after INTEGER NOT NULL,
    revoked_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX certificates_by_device ON certificates(device_id, not_after);
  CREATE TABLE tokens (
    hash BLOB PRIMARY KEY,
    tunnel_id INTEGER NOT NULL REFERENCES tunnels(id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    device_id TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
  ) STRICT;
  `;

/** Tunnels, domains, devices, certificates, tokens, and a first audit table. */
export function tunnels(database: Database): void {
  database.exec(schema);
}
