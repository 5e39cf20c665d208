import type { Database } from 'better-sqlite3';
import { Route } from '../../../common/domain/route.ts';
import { leadingTo } from './service-store.ts';

/** Routes in the order in which they are tried. */
export interface RouteStore {
  list(): Route[];
  /** Replaces a route in its place, or adds it as the last. */
  save(route: Route): void;
  /** Whether there was one. */
  remove(id: string): boolean;
  /** Puts the routes into the order of `ids`. Returns false and changes nothing unless these are all of them, each once. */
  reorder(ids: readonly string[]): boolean;
  /** Ids of the routes that lead to a target. */
  usersOf(target: string): string[];
}

export function createRouteStore(database: Database): RouteStore {
  const all = database.prepare<[], { json: string }>('SELECT json FROM routes ORDER BY position');
  const put = database.prepare(`
    INSERT INTO routes (id, position, json)
    VALUES (?, (SELECT coalesce(max(position), 0) + 1 FROM routes), ?)
    ON CONFLICT (id) DO UPDATE SET json = excluded.json`);
  const drop = database.prepare('DELETE FROM routes WHERE id = ?');
  const place = database.prepare('UPDATE routes SET position = ? WHERE id = ?');
  const list = (): Route[] => all.all().map(({ json }) => Route.parse(JSON.parse(json)));
  return {
    list,
    save: (route) => void put.run(route.id, JSON.stringify(route)),
    remove: (id) => drop.run(id).changes > 0,
    reorder: database.transaction((ids: readonly string[]) => {
      const known = list().map(({ id }) => id);
      const given = new Set(ids);
      if (given.size !== ids.length || known.length !== ids.length) return false;
      if (!known.every((id) => given.has(id))) return false;
      ids.forEach((id, index) => place.run(index + 1, id));
      return true;
    }),
    usersOf: (target) => leadingTo(list(), target),
  };
}
