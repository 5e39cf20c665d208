import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { AppError } from '../../common/errors/app-error.ts';
import { attemptSchema } from './attempts.ts';
import { PERIOD_OF_ID } from './periods.ts';
import { outboxSchema, repeatSchema, usageSchema } from '../sending/outbox/schema.ts';
import { replaySchema } from '../replay/replay-store.ts';
import { streamSchema } from '../streams/sqlite-streams.ts';

export const DATABASE_FILE = 'inbox.db';

/** How long a write waits for another process's lock, milliseconds. Short: SQLite waits on the event loop. */
const BUSY_MS = 250;
/**
 * Pages that a connection keeps. A callback touches a page of each index, and in a large store these lie far apart: with SQLite's own
 * 2 MiB they are read anew each time.
 */
const CACHE_KIB = 65_536;
const WAL_LIMIT_BYTES = 64 << 20;

/** Each entry takes the schema one version up. Entries are never changed once released. */
const migrations: readonly string[] = [
  `
  CREATE TABLE inbound (
    id TEXT PRIMARY KEY,
    bot TEXT NOT NULL,
    kind TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    type TEXT NOT NULL,
    event TEXT,
    label TEXT NOT NULL,
    msg_id TEXT,
    sender TEXT NOT NULL,
    dedup_key TEXT NOT NULL,
    format TEXT NOT NULL,
    raw BLOB NOT NULL,
    trace TEXT NOT NULL,
    outcome TEXT NOT NULL,
    target TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER,
    repeats INTEGER NOT NULL DEFAULT 0,
    reply TEXT,
    tunnel_ms REAL,
    gateway_ms REAL,
    service_ms REAL,
    duration_ms REAL,
    error_code TEXT,
    error_params TEXT
  ) STRICT;
  CREATE UNIQUE INDEX inbound_dedup ON inbound (bot, dedup_key);
  CREATE INDEX inbound_due ON inbound (next_attempt_at) WHERE outcome = 'pending';
  CREATE INDEX inbound_oldest ON inbound (received_at) WHERE outcome = 'pending';
  CREATE INDEX inbound_bot ON inbound (bot, id);
  CREATE INDEX inbound_outcome ON inbound (outcome, id);
  CREATE INDEX inbound_msg_id ON inbound (msg_id) WHERE msg_id IS NOT NULL;
  CREATE INDEX inbound_sender ON inbound (sender COLLATE NOCASE, id);
  CREATE INDEX inbound_label ON inbound (label COLLATE NOCASE, id);

  CREATE TABLE outbound (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    bot TEXT NOT NULL,
    robot TEXT NOT NULL,
    label TEXT NOT NULL,
    message TEXT NOT NULL,
    outcome TEXT NOT NULL,
    ended_at INTEGER,
    duration_ms REAL,
    answer TEXT,
    error_code TEXT,
    error_params TEXT
  ) STRICT;
  CREATE INDEX outbound_robot ON outbound (robot, at);
  CREATE INDEX outbound_bot ON outbound (bot, id);
  CREATE INDEX outbound_outcome ON outbound (outcome, id);
  CREATE INDEX outbound_label ON outbound (label COLLATE NOCASE, id);

  CREATE TABLE robot_pause (
    robot TEXT PRIMARY KEY,
    until INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  outboxSchema,
  `
  ${streamSchema}
  ALTER TABLE inbound ADD COLUMN late_reply TEXT;
  ALTER TABLE inbound ADD COLUMN raw_hash TEXT;
  CREATE INDEX inbound_late ON inbound (id) WHERE late_reply IS NOT NULL;
  CREATE TABLE mark (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE inbound ADD COLUMN redriven_at INTEGER;
  ALTER TABLE outbound ADD COLUMN message_hash TEXT;
  `,
  `
  ${attemptSchema}
  ALTER TABLE outbound ADD COLUMN send_at INTEGER;
  CREATE INDEX outbound_scheduled ON outbound (send_at) WHERE send_at IS NOT NULL AND message_hash IS NULL;
  `,
  replaySchema,
  // By sender within a period: an index over the whole time would have each callback write to a page of its own, anywhere in it.
  `
  DROP INDEX inbound_sender;
  CREATE INDEX inbound_sender ON inbound (${PERIOD_OF_ID}, sender COLLATE NOCASE, id);
  `,
  usageSchema,
  // By target first: the backlog of one that is away is passed over in one step.
  `
  DROP INDEX inbound_due;
  CREATE INDEX inbound_due ON inbound (target, next_attempt_at) WHERE outcome = 'pending';
  `,
  repeatSchema,
];

/**
 * Opens (or makes) the inbox's database: WAL, `synchronous=FULL`, so that a commit is on disk when it returns. Migrates
 * it in one transaction. Throws SETTINGS_FROM_FUTURE when a newer program made it, STORE_UNAVAILABLE when it cannot be
 * opened.
 */
export function openDatabase(dataDir: string): Database.Database {
  let db: Database.Database | undefined;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const file = join(dataDir, DATABASE_FILE);
    db = openConnection(file);
    // Message text is in it, whatever the directory's own mode; the WAL takes the mode of the database.
    chmodSync(file, 0o600);
    migrate(db);
    return db;
  } catch (error) {
    db?.close();
    if (error instanceof AppError) throw error;
    throw new AppError('STORE_UNAVAILABLE', { reason: reasonOf(error) }, { cause: error });
  }
}

/** A connection to the database file, as each thread needs one. Throws what SQLite throws. */
export function openConnection(file: string): Database.Database {
  const db = new Database(file, { timeout: BUSY_MS });
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma(`journal_size_limit = ${WAL_LIMIT_BYTES}`);
  db.pragma('temp_store = MEMORY');
  db.pragma(`cache_size = -${CACHE_KIB}`);
  return db;
}

function migrate(db: Database.Database): void {
  const apply = db.transaction(() => {
    const version = Number(db.pragma('user_version', { simple: true }));
    if (version > migrations.length) {
      throw new AppError('SETTINGS_FROM_FUTURE', { found: version, known: migrations.length });
    }
    for (const step of migrations.slice(version)) db.exec(step);
    if (version < migrations.length) db.pragma(`user_version = ${migrations.length}`);
  });
  apply.immediate();
}

/** Writes one page that stays as it is, to learn whether the disk takes writes. */
export function probeWrite(db: Database.Database): void {
  db.pragma(`user_version = ${migrations.length}`);
}

/** SQLite's own code for a failure (`SQLITE_FULL`), or `unknown`; never its text, which may quote data. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string')
    return error.code;
  return 'unknown';
}
