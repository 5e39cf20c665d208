import type { Database } from 'better-sqlite3';

/** White-lists per domain, and recoveries that wait for somebody's approval. */
export function domainsAndRecoveries(database: Database): void {
  database.exec(`
ALTER TABLE domains ADD COLUMN access TEXT;
ALTER TABLE tunnels ADD COLUMN recovery TEXT;
CREATE TABLE recoveries (
  device_id TEXT PRIMARY KEY REFERENCES devices(id) ON DELETE CASCADE,
  serial TEXT NOT NULL,
  expired_at INTEGER NOT NULL,
  asked_at INTEGER NOT NULL,
  last_asked_at INTEGER NOT NULL,
  approved INTEGER,
  decided_at INTEGER,
  decided_by TEXT,
  collected_at INTEGER
) STRICT, WITHOUT ROWID;
`);
}
