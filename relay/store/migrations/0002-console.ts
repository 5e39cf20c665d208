import type { Database } from 'better-sqlite3';
import { chainHash, GENESIS } from '../audit-chain.ts';

const schema = `
ALTER TABLE tunnels ADD COLUMN access TEXT;
ALTER TABLE tunnels ADD COLUMN limits TEXT;
ALTER TABLE tunnels ADD COLUMN hold TEXT;
CREATE TABLE gates (
  tunnel_id INTEGER NOT NULL REFERENCES tunnels(id) ON DELETE CASCADE,
  path TEXT NOT NULL,
  token TEXT NOT NULL,
  PRIMARY KEY (tunnel_id, path)
) STRICT, WITHOUT ROWID;
ALTER TABLE tokens ADD COLUMN revoked_at INTEGER;
CREATE INDEX tokens_by_tunnel ON tokens(tunnel_id, created_at);
CREATE TABLE auth_requests (
  fingerprint TEXT PRIMARY KEY,
  csr TEXT NOT NULL,
  hostname TEXT NOT NULL,
  platform TEXT NOT NULL,
  version TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  uploaded_at INTEGER NOT NULL,
  uploaded_by TEXT NOT NULL,
  refused_at INTEGER,
  collected_at INTEGER,
  device_id TEXT REFERENCES devices(id) ON DELETE SET NULL,
  certificate TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX auth_requests_by_time ON auth_requests(uploaded_at);
CREATE TABLE admin_users (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  password TEXT NOT NULL,
  once_until INTEGER,
  locale TEXT NOT NULL DEFAULT 'auto',
  theme TEXT NOT NULL DEFAULT 'auto',
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE admin_sessions (
  hash BLOB PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES admin_users(id) ON DELETE CASCADE,
  address TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX admin_sessions_by_user ON admin_sessions(user_id, expires_at);
CREATE TABLE audit_chain (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  address TEXT,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  details TEXT NOT NULL,
  prev_hash TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
CREATE TABLE audit_anchor (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  seq INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT;
`;

interface OldRow {
  readonly id: number;
  readonly time: number;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly detail: string;
}

/** Users and sessions of the console, rules per tunnel, auth files, and the audit log as a chain of hashes. */
export function consoleTables(database: Database): void {
  database.exec(schema);
  const insert = database.prepare(
    `INSERT INTO audit_chain (seq, at, actor, address, action, subject, details, prev_hash, hash)
     VALUES (?, ?, ?, NULL, ?, ?, ?, ?, ?)`,
  );
  let previous = GENESIS;
  let seq = 0;
  const rows = database.prepare<[], OldRow>('SELECT * FROM audit ORDER BY id').all();
  for (const { time: at, actor, action, subject, detail } of rows) {
    seq += 1;
    const hash = chainHash(previous, { seq, at, actor, address: null, action, subject, detail });
    insert.run(seq, at, actor, action, subject, detail, previous, hash);
    previous = hash;
  }
  database.exec('DROP TABLE audit');
}
