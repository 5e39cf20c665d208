import type { Database } from 'better-sqlite3';
import { Service } from '../../../common/domain/service.ts';

/** Published services, by id. */
export interface ServiceStore {
  list(): Service[];
  save(service: Service): void;
  /** Whether there was one. */
  remove(id: string): boolean;
  /** Ids of the services that lead to a target. */
  usersOf(target: string): string[];
}

export function createServiceStore(database: Database): ServiceStore {
  const all = database.prepare<[], { json: string }>('SELECT json FROM services ORDER BY id');
  const put = database.prepare(`
    INSERT INTO services (id, json) VALUES (?, ?)
    ON CONFLICT (id) DO UPDATE SET json = excluded.json`);
  const drop = database.prepare('DELETE FROM services WHERE id = ?');
  const list = (): Service[] => all.all().map(({ json }) => Service.parse(JSON.parse(json)));
  return {
    list,
    save: (service) => void put.run(service.id, JSON.stringify(service)),
    remove: (id) => drop.run(id).changes > 0,
    usersOf: (target) => leadingTo(list(), target),
  };
}

/** Ids of those that have `target` among theirs. */
export function leadingTo(
  groups: readonly { readonly id: string; readonly targets: readonly { readonly id: string }[] }[],
  target: string,
): string[] {
  return groups
    .filter(({ targets }) => targets.some(({ id }) => id === target))
    .map(({ id }) => id);
}
