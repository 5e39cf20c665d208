import type { Database } from 'better-sqlite3';

/** A device whose certificate has expired and that asked for a new one, and what became of it. One for each device. */
export interface StoredRecovery {
  readonly deviceId: string;
  /** Of the expired certificate. */
  readonly serial: string;
  /** When that ended. */
  readonly expiredAt: number;
  readonly askedAt: number;
  readonly lastAskedAt: number;
  /** Null while nobody has decided. */
  readonly approved: boolean | null;
  readonly decidedAt: number | null;
  readonly decidedBy: string | null;
  /** When the device first got what was approved. */
  readonly collectedAt: number | null;
}

export interface RecoveryStore {
  /** Begins anew, whatever was there for the device. */
  ask(recovery: Pick<StoredRecovery, 'deviceId' | 'serial' | 'expiredAt' | 'askedAt'>): void;
  askedAgain(deviceId: string, now: number): void;
  of(deviceId: string): StoredRecovery | null;
  /** Those that nobody has decided on first, then the newest. */
  list(): StoredRecovery[];
  decide(deviceId: string, approved: boolean, by: string, now: number): void;
  collect(deviceId: string, now: number): void;
  /** Forgets those that have not asked since `olderThan`. */
  sweep(olderThan: number): void;
}

interface Row {
  readonly device_id: string;
  readonly serial: string;
  readonly expired_at: number;
  readonly asked_at: number;
  readonly last_asked_at: number;
  readonly approved: number | null;
  readonly decided_at: number | null;
  readonly decided_by: string | null;
  readonly collected_at: number | null;
}

const LIST_LIMIT = 200;

export function recoveryStore(database: Database): RecoveryStore {
  const ask = database.prepare<[string, string, number, number, number]>(
    `INSERT OR REPLACE INTO recoveries (device_id, serial, expired_at, asked_at, last_asked_at)
     VALUES (?, ?, ?, ?, ?)`,
  );
  const again = database.prepare<[number, string]>(
    'UPDATE recoveries SET last_asked_at = ? WHERE device_id = ?',
  );
  const select = database.prepare<[string], Row>('SELECT * FROM recoveries WHERE device_id = ?');
  const list = database.prepare<[number], Row>(
    'SELECT * FROM recoveries ORDER BY approved IS NULL DESC, asked_at DESC LIMIT ?',
  );
  const decide = database.prepare<[number, string, number, string]>(
    `UPDATE recoveries SET approved = ?, decided_by = ?, decided_at = ?, collected_at = NULL
     WHERE device_id = ?`,
  );
  const collect = database.prepare<[number, string]>(
    'UPDATE recoveries SET collected_at = coalesce(collected_at, ?) WHERE device_id = ?',
  );
  const sweep = database.prepare<[number]>('DELETE FROM recoveries WHERE last_asked_at < ?');
  return {
    ask: ({ deviceId, serial, expiredAt, askedAt }) =>
      void ask.run(deviceId, serial, expiredAt, askedAt, askedAt),
    askedAgain: (deviceId, now) => void again.run(now, deviceId),
    of: (deviceId) => {
      const row = select.get(deviceId);
      return row === undefined ? null : whole(row);
    },
    list: () => list.all(LIST_LIMIT).map(whole),
    decide: (deviceId, approved, by, now) => void decide.run(approved ? 1 : 0, by, now, deviceId),
    collect: (deviceId, now) => void collect.run(now, deviceId),
    sweep: (olderThan) => void sweep.run(olderThan),
  };
}

function whole(row: Row): StoredRecovery {
  return {
    deviceId: row.device_id,
    serial: row.serial,
    expiredAt: row.expired_at,
    askedAt: row.asked_at,
    lastAskedAt: row.last_asked_at,
    approved: row.approved === null ? null : row.approved === 1,
    decidedAt: row.decided_at,
    decidedBy: row.decided_by,
    collectedAt: row.collected_at,
  };
}
