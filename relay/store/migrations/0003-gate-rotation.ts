import type { Database } from 'better-sqlite3';

/** The token that a gate had before, for as long as both are accepted. */
export function gateRotation(database: Database): void {
  database.exec(`
ALTER TABLE gates ADD COLUMN previous_token TEXT;
ALTER TABLE gates ADD COLUMN previous_until INTEGER NOT NULL DEFAULT 0;
`);
}
