import type { Database } from 'better-sqlite3';

/** A target without its signing secret, as it is stored. */
export interface TargetRecord {
  readonly id: string;
  /** Empty for a target that subscribes over WebSocket. */
  readonly url: string;
  readonly weight: number;
  readonly priority: number;
  readonly healthCheck: string | null;
  readonly timeoutMs: number;
  readonly maxInFlight: number;
  /** Whether a 500 speaks against the target; only a configuration file says otherwise than true. */
  readonly failOn500?: boolean;
  readonly draining: boolean;
}

export interface TargetStore {
  /** By id. */
  list(): TargetRecord[];
  get(id: string): TargetRecord | undefined;
  has(id: string): boolean;
  save(target: TargetRecord): void;
  /** Whether there was one. */
  remove(id: string): boolean;
}

/** What a new target has where its operator says nothing. */
export const newTarget: Omit<TargetRecord, 'id' | 'url'> = {
  weight: 1,
  priority: 0,
  healthCheck: null,
  timeoutMs: 30_000,
  maxInFlight: 1024,
  draining: false,
};

interface Row {
  id: string;
  url: string;
  weight: number;
  priority: number;
  health_check: string | null;
  timeout_ms: number;
  max_in_flight: number;
  draining: number;
}

export function createTargetStore(database: Database): TargetStore {
  const all = database.prepare<[], Row>('SELECT * FROM targets ORDER BY id');
  const one = database.prepare<[string], Row>('SELECT * FROM targets WHERE id = ?');
  const put = database.prepare(`
    INSERT INTO targets (id, url, weight, priority, health_check, timeout_ms, max_in_flight, draining)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET url = excluded.url, weight = excluded.weight,
      priority = excluded.priority, health_check = excluded.health_check,
      timeout_ms = excluded.timeout_ms, max_in_flight = excluded.max_in_flight,
      draining = excluded.draining`);
  const drop = database.prepare('DELETE FROM targets WHERE id = ?');
  return {
    list: () => all.all().map(toRecord),
    get(id) {
      const row = one.get(id);
      return row === undefined ? undefined : toRecord(row);
    },
    has: (id) => one.get(id) !== undefined,
    save: (target) =>
      void put.run(
        target.id,
        target.url,
        target.weight,
        target.priority,
        target.healthCheck,
        target.timeoutMs,
        target.maxInFlight,
        target.draining ? 1 : 0,
      ),
    remove: (id) => drop.run(id).changes > 0,
  };
}

function toRecord(row: Row): TargetRecord {
  return {
    id: row.id,
    url: row.url,
    weight: row.weight,
    priority: row.priority,
    healthCheck: row.health_check,
    timeoutMs: row.timeout_ms,
    maxInFlight: row.max_in_flight,
    draining: row.draining === 1,
  };
}
