import type { Database } from 'better-sqlite3';
import { tunnels } from './0001-tunnels.ts';
import { consoleTables } from './0002-console.ts';
import { gateRotation } from './0003-gate-rotation.ts';
import { domainsAndRecoveries } from './0004-domains-and-recoveries.ts';

/** Step n takes a database from version n to n+1. A released step is never changed. */
export const migrations: readonly ((database: Database) => void)[] = [
  tunnels,
  consoleTables,
  gateRotation,
  domainsAndRecoveries,
];
