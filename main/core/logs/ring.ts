import type { LogEntry } from '../../../common/domain/log.ts';

/** The newest log lines, a bounded number of them. */
export interface LogRing {
  push(entry: LogEntry): void;
  /** With `after`: the oldest `limit` of those with a greater seq. Without: the newest `limit`. Oldest first. */
  recent(query: { after?: number | undefined; limit: number }): LogEntry[];
}

/** Entries have to come with a seq that grows by one. */
export function createLogRing(capacity: number): LogRing {
  const entries: LogEntry[] = [];
  let oldest = 0;
  const at = (index: number): LogEntry[] => {
    const entry = entries[(oldest + index) % entries.length];
    return entry === undefined ? [] : [entry];
  };
  const slice = (from: number, to: number): LogEntry[] => {
    const out: LogEntry[] = [];
    for (let index = from; index < to; index++) out.push(...at(index));
    return out;
  };
  return {
    push(entry) {
      if (entries.length < capacity) {
        entries.push(entry);
        return;
      }
      entries[oldest] = entry;
      oldest = (oldest + 1) % capacity;
    },
    recent({ after, limit }) {
      const count = entries.length;
      if (after === undefined) return slice(Math.max(0, count - limit), count);
      const first = at(0)[0]?.seq ?? 0;
      const from = Math.max(0, after + 1 - first);
      return slice(from, Math.min(count, from + limit));
    },
  };
}
