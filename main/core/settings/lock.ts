import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { AppError } from '../../../common/errors/app-error.ts';

/** A data directory that belongs to this program until it is released. */
export interface DirectoryLock {
  release(): void;
}

/**
 * Takes a data directory for one program at a time. The lock is SQLite's own on an otherwise empty database: the system
 * drops it when its holder dies, so nothing stale can stay behind, and it also holds between two cores of one process.
 * The pid beside it is only for the message.
 *
 * Throws `DATA_DIR_IN_USE {dir, pid}`; pid 0 when the holder is unknown.
 */
export function lockDirectory(dir: string): DirectoryLock {
  const file = join(dir, 'causeway.lock');
  const pidFile = join(dir, 'causeway.pid');
  closeSync(openSync(file, 'a', 0o600));
  const database = new Database(file, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!isBusy(error)) throw error;
    throw new AppError('DATA_DIR_IN_USE', { dir, pid: readPid(pidFile) });
  }
  forMessage(() => writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 }));
  return {
    release() {
      if (!database.open) return;
      forMessage(() => rmSync(pidFile, { force: true }));
      database.close();
    },
  };
}

/** The pid is not worth the lock: a disk that is full must neither keep the program from starting nor the lock from being released. */
function forMessage(work: () => void): void {
  try {
    work();
  } catch {
    // The message then says that the holder is unknown.
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
}

function readPid(file: string): number {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10) || 0;
  } catch {
    return 0;
  }
}
