import type { Database } from 'better-sqlite3';

/** What happened to tunnels, tokens and devices, and who did it. */
export interface AuditEntry {
  readonly id: number;
  readonly time: number;
  /** `admin`, `relay`, or the id of a device. */
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  /** Never a secret. */
  readonly detail: Readonly<Record<string, string | number>>;
}

export interface AuditStore {
  add(entry: Omit<AuditEntry, 'id'>): void;
  /** Newest first, `limit` at most, older than entry `before` where given. */
  list(limit: number, before?: number): AuditEntry[];
}

const KEEP = 100_000;
const SWEEP_EVERY = 1_000;

export function auditStore(database: Database): AuditStore {
  const insert = database.prepare<[number, string, string, string, string]>(
    'INSERT INTO audit (time, actor, action, subject, detail) VALUES (?, ?, ?, ?, ?)',
  );
  const sweep = database.prepare<[number]>('DELETE FROM audit WHERE id <= ?');
  const select = database.prepare<
    [number, number],
    { id: number; time: number; actor: string; action: string; subject: string; detail: string }
  >('SELECT * FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?');
  return {
    add: ({ time, actor, action, subject, detail }) => {
      const { lastInsertRowid } = insert.run(time, actor, action, subject, JSON.stringify(detail));
      const id = Number(lastInsertRowid);
      if (id % SWEEP_EVERY === 0) sweep.run(id - KEEP);
    },
    list: (limit, before = Number.MAX_SAFE_INTEGER) =>
      select.all(before, limit).map((row) => ({
        ...row,
        detail: JSON.parse(row.detail) as AuditEntry['detail'],
      })),
  };
}
