import type { RouteView } from '../../../common/domain/route.ts';

/** The order that can be had: the routes of a file come first, in the order of the file; only the others move. */
export function fileFirst(wish: readonly string[], routes: readonly RouteView[]): string[] {
  const fixed = routes.filter(({ lockedBy }) => lockedBy !== null).map(({ id }) => id);
  return [...fixed, ...wish.filter((id) => !fixed.includes(id))];
}
