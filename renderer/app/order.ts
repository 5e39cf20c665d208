/** The list with some items moved to before or after another one; as it was where that one is among the moved. */
export function movedTo<T>(
  list: readonly T[],
  moved: ReadonlySet<T>,
  place: { readonly at: T; readonly position: 'before' | 'after' },
): T[] {
  if (moved.has(place.at)) return [...list];
  const others = list.filter((item) => !moved.has(item));
  const index = others.indexOf(place.at) + (place.position === 'after' ? 1 : 0);
  return others.toSpliced(index, 0, ...list.filter((item) => moved.has(item)));
}

/** The list with one item a place up (-1) or down (1); as it was at its ends. */
export function movedBy<T>(list: readonly T[], item: T, step: -1 | 1): T[] {
  const from = list.indexOf(item);
  const to = from + step;
  if (from === -1 || to < 0 || to >= list.length) return [...list];
  return list.toSpliced(from, 1).toSpliced(to, 0, item);
}
