import { chmodSync, closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { AppError } from '../../../common/errors/app-error.ts';
import { migrate } from './migrations.ts';

/** Marks a database as ours in its header (SQLite file format §1.3.15): "CWAY". */
const APPLICATION_ID = 0x43574159;

/**
 * Opens `<dataDir>/causeway.db` with write-ahead log and full sync, checks it and brings it to the newest schema.
 * Throws `SETTINGS_CORRUPT {file}` for a damaged or foreign file, which stays as it is, and `SETTINGS_FROM_FUTURE`.
 */
export function openDatabase(dataDir: string): Database.Database {
  const file = join(dataDir, 'causeway.db');
  const isNew = !existsSync(file);
  if (isNew) closeSync(openSync(file, 'a', 0o600));
  else chmodSync(file, 0o600);
  let database: Database.Database | undefined;
  try {
    database = new Database(file);
    check(database, file);
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    database.pragma(`application_id = ${APPLICATION_ID}`);
    migrate(database, join(dataDir, 'backups'));
    return database;
  } catch (error) {
    database?.close();
    if (isDamage(error)) throw new AppError('SETTINGS_CORRUPT', { file }, { cause: error });
    throw error;
  }
}

function check(database: Database.Database, file: string): void {
  const application = Number(database.pragma('application_id', { simple: true }));
  const tables = Number(database.prepare('SELECT count(*) FROM sqlite_master').pluck().get());
  if (application !== APPLICATION_ID && tables > 0)
    throw new AppError('SETTINGS_CORRUPT', { file });
  if (database.pragma('quick_check(1)', { simple: true }) !== 'ok') {
    throw new AppError('SETTINGS_CORRUPT', { file });
  }
}

function isDamage(error: unknown): boolean {
  if (!(error instanceof Database.SqliteError)) return false;
  return error.code.startsWith('SQLITE_CORRUPT') || error.code === 'SQLITE_NOTADB';
}
