import type { Database } from 'better-sqlite3';

/** A target without its signing secret, as it is stored. */
export interface TargetRecord {
  readonly id: string;
  readonly url: string;
}

export interface TargetStore {
  /** By id. */
  list(): TargetRecord[];
  has(id: string): boolean;
  save(target: TargetRecord): void;
  /** Whether there was one. */
  remove(id: string): boolean;
}

export function createTargetStore(database: Database): TargetStore {
  const all = database.prepare<[], TargetRecord>('SELECT id, url FROM targets ORDER BY id');
  const one = database.prepare<[string], number>('SELECT 1 FROM targets WHERE id = ?').pluck();
  const put = database.prepare(
    'INSERT INTO targets (id, url) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET url = excluded.url',
  );
  const drop = database.prepare('DELETE FROM targets WHERE id = ?');
  return {
    list: () => all.all(),
    has: (id) => one.get(id) !== undefined,
    save: ({ id, url }) => void put.run(id, url),
    remove: (id) => drop.run(id).changes > 0,
  };
}
