import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { AppError } from '../../../common/errors/app-error.ts';

/** One step of the schema. Its place in the list, counted from 1, is the `user_version` that it leads to. */
export type Migration = (database: Database) => void;

const initial: Migration = (database) => {
  database.exec(`
    CREATE TABLE settings (key TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT;
    CREATE TABLE targets (id TEXT PRIMARY KEY, url TEXT NOT NULL) STRICT;
    CREATE TABLE bots (
      id TEXT PRIMARY KEY,
      kind TEXT NOT NULL,
      name TEXT NOT NULL,
      receive_id TEXT NOT NULL,
      target TEXT REFERENCES targets (id) ON DELETE RESTRICT,
      is_default INTEGER NOT NULL CHECK (is_default IN (0, 1))
    ) STRICT;
    CREATE UNIQUE INDEX one_default_bot ON bots (is_default) WHERE is_default = 1;
    CREATE TABLE api_keys (
      id TEXT PRIMARY KEY,
      hash TEXT NOT NULL UNIQUE,
      scopes TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE identity (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      device_id TEXT NOT NULL,
      tunnel TEXT NOT NULL,
      domains TEXT NOT NULL,
      host TEXT NOT NULL,
      port INTEGER NOT NULL,
      certificate TEXT NOT NULL,
      ca TEXT NOT NULL
    ) STRICT;
    CREATE TABLE secrets (name TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
  `);
};

const routing: Migration = (database) => {
  database.exec(`
    ALTER TABLE targets ADD COLUMN weight INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE targets ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE targets ADD COLUMN health_check TEXT;
    ALTER TABLE targets ADD COLUMN timeout_ms INTEGER NOT NULL DEFAULT 30000;
    ALTER TABLE targets ADD COLUMN max_in_flight INTEGER NOT NULL DEFAULT 1024;
    ALTER TABLE targets ADD COLUMN draining INTEGER NOT NULL DEFAULT 0 CHECK (draining IN (0, 1));
    ALTER TABLE api_keys ADD COLUMN target TEXT;
    CREATE TABLE routes (
      id TEXT PRIMARY KEY,
      position INTEGER NOT NULL,
      json TEXT NOT NULL
    ) STRICT;
  `);
};

/** How bots send, as JSON: read and written as one, and never searched. */
const sending: Migration = (database) => {
  database.exec(`ALTER TABLE bots ADD COLUMN sending TEXT NOT NULL DEFAULT '{}'`);
};

/** A device may belong to several relays, each with an identity of its own; and it may have asked for one by an auth file. */
const relays: Migration = (database) => {
  database.exec(`
    CREATE TABLE identities (
      host TEXT NOT NULL,
      port INTEGER NOT NULL,
      device_id TEXT NOT NULL,
      tunnel TEXT NOT NULL,
      domains TEXT NOT NULL,
      certificate TEXT NOT NULL,
      ca TEXT NOT NULL,
      key_name TEXT NOT NULL,
      untrusted_at INTEGER,
      PRIMARY KEY (host, port)
    ) STRICT;
    INSERT INTO identities (host, port, device_id, tunnel, domains, certificate, ca, key_name)
      SELECT host, port, device_id, tunnel, domains, certificate, ca, 'device/private-key' FROM identity;
    DROP TABLE identity;
    CREATE TABLE identity_request (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      file TEXT NOT NULL,
      host TEXT,
      port INTEGER,
      ca_sha256 TEXT,
      ca TEXT
    ) STRICT;
  `);
};

/** Published services, as JSON: few, and only ever read whole. */
const publishing: Migration = (database) => {
  database.exec('CREATE TABLE services (id TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT');
};

/** A bot may hand its messages to a target that a configuration file defines: that one is in no table here. */
const unbound: Migration = (database) => {
  database.exec(`
    CREATE TABLE bots_unbound (
      id TEXT PRIMARY KEY,
      kind TEXT NOT NULL,
      name TEXT NOT NULL,
      receive_id TEXT NOT NULL,
      target TEXT,
      is_default INTEGER NOT NULL CHECK (is_default IN (0, 1)),
      sending TEXT NOT NULL DEFAULT '{}'
    ) STRICT;
    INSERT INTO bots_unbound (id, kind, name, receive_id, target, is_default, sending)
      SELECT id, kind, name, receive_id, target, is_default, sending FROM bots;
    DROP TABLE bots;
    ALTER TABLE bots_unbound RENAME TO bots;
    CREATE UNIQUE INDEX one_default_bot ON bots (is_default) WHERE is_default = 1;
  `);
};

/** Every step since the first release; a released one is never edited, only followed by another. */
export const migrations: readonly Migration[] = [
  initial,
  routing,
  sending,
  relays,
  publishing,
  unbound,
];

/** Copies of the database from before a migration that are kept. */
const BACKUPS_KEPT = 3;

/**
 * Brings the database to the newest schema: each step in a transaction of its own together with its `user_version`, after a
 * whole copy was put into `backupDir`. Throws `SETTINGS_FROM_FUTURE {found, known}` and touches nothing when a newer program
 * has written it.
 */
export function migrate(
  database: Database,
  backupDir: string,
  steps: readonly Migration[] = migrations,
): void {
  const found = Number(database.pragma('user_version', { simple: true }));
  if (found > steps.length) {
    throw new AppError('SETTINGS_FROM_FUTURE', { found, known: steps.length });
  }
  if (found === steps.length) return;
  if (found > 0) backUp(database, backupDir, found);
  steps.slice(found).forEach((step, index) => {
    database.transaction(() => {
      step(database);
      database.pragma(`user_version = ${found + index + 1}`);
    })();
  });
}

function backUp(database: Database, dir: string, version: number): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-');
  const file = join(dir, `causeway-${stamp}-v${version}.db`);
  try {
    database.prepare('VACUUM INTO ?').run(file);
  } catch (error) {
    // Half a copy, as a full disk leaves it, would be kept in the place of a whole one.
    rmSync(file, { force: true });
    throw error;
  }
  const copies = readdirSync(dir).filter((name) => /^causeway-.+-v\d+\.db$/.test(name));
  for (const name of copies.toSorted().slice(0, -BACKUPS_KEPT)) rmSync(join(dir, name));
}
