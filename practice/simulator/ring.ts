/** The newest records, bounded by count and by bytes. */
export interface Ring<T> {
  add(record: T, bytes: number): void;
  /** Oldest first. */
  list(): T[];
}

/** A list that forgets its oldest records beyond `maxCount` or `maxBytes`; the newest always stays. */
export function createRing<T>(maxCount: number, maxBytes: number): Ring<T> {
  const kept: { record: T; bytes: number }[] = [];
  let total = 0;
  return {
    add(record, bytes) {
      kept.push({ record, bytes });
      total += bytes;
      while (kept.length > 1 && (kept.length > maxCount || total > maxBytes)) {
        total -= kept.shift()?.bytes ?? 0;
      }
    },
    list: () => kept.map(({ record }) => record),
  };
}
