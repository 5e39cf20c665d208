import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { AppError } from '../../common/errors/app-error.ts';
import { migrations } from './migrations/index.ts';

export function databaseFile(dataDir: string): string {
  return join(dataDir, 'relay.db');
}

/**
 * Opens the relay's database and brings it to the current version. Only one process may have it open.
 * Throws `DATA_DIR_IN_USE` when another relay runs on the directory, `SETTINGS_FROM_FUTURE` when a newer one wrote it.
 */
export function openDatabase(dataDir: string): Database {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = databaseFile(dataDir);
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
    for (const step of migrations.slice(version)) step(database);
    database.pragma(`user_version = ${migrations.length}`);
  });
  upgrade.exclusive();
}
