import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { AppError } from '../../common/errors/app-error.ts';

/** Step n takes a database from version n to n+1. A released step is never changed. */
const migrations: readonly string[] = [
  `
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
  `,
];

/**
 * Opens the relay's database and brings it to the current version. Only one process may have it open.
 * Throws `DATA_DIR_IN_USE` when another relay runs on the directory, `SETTINGS_FROM_FUTURE` when a newer one wrote it.
 */
export function openDatabase(dataDir: string): Database {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = join(dataDir, 'relay.db');
  const database = new Sqlite(file, { timeout: 0 });
  try {
    chmodSync(file, 0o600);
    // The lock is the process's: it goes with it, however it ends.
    database.pragma('locking_mode = EXCLUSIVE');
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    migrate(database);
  } catch (thrown) {
    database.close();
    const { code } = thrown as { code?: unknown };
    if (code === 'SQLITE_BUSY') {
      throw new AppError('DATA_DIR_IN_USE', { dir: dataDir }, { cause: thrown });
    }
    throw thrown;
  }
  return database;
}

function migrate(database: Database): void {
  const upgrade = database.transaction(() => {
    const version = database.pragma('user_version', { simple: true }) as number;
    if (version > migrations.length) throw new AppError('SETTINGS_FROM_FUTURE', { version });
    for (const step of migrations.slice(version)) database.exec(step);
    database.pragma(`user_version = ${migrations.length}`);
  });
  upgrade.exclusive();
}
