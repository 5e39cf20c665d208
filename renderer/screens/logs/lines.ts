import type { LogEntry } from '../../../common/domain/log.ts';

/** Lines that the console keeps. */
export const LINE_CAPACITY = 50_000;

/** The lines known so far, oldest first, without doubles. Immutable, so that a paused view may go on showing an older one. */
export interface LogLines {
  readonly entries: readonly LogEntry[];
  /** Highest number seen of the running program, 0 before the first line. */
  readonly lastSeq: number;
}

export const noLines: LogLines = { entries: [], lastSeq: 0 };

/**
 * Adds lines in whatever order they come: a topic's event, or an answer of `logs.recent` that fills a gap. Doubles are dropped, the
 * oldest go beyond `capacity`. A program that was started again counts from one: its first line, later in time but lower in number,
 * begins a new list.
 */
export function addLines(
  lines: LogLines,
  added: readonly LogEntry[],
  capacity: number = LINE_CAPACITY,
): LogLines {
  if (added.length === 0) return lines;
  const sorted = added.toSorted((a, b) => a.seq - b.seq);
  const first = sorted[0];
  const newest = lines.entries.at(-1);
  if (first === undefined) return lines;
  if (newest !== undefined && first.seq <= newest.seq && first.time > newest.time) {
    return capped(sorted, capacity);
  }
  if (newest === undefined || first.seq > newest.seq) {
    return capped(lines.entries.concat(unique(sorted)), capacity);
  }
  return capped(merge(lines.entries, sorted), capacity);
}

/** Numbers that are missing between two neighbours: lines that never arrived. */
export function missingBefore(entry: LogEntry, previous: LogEntry | undefined): number {
  return previous === undefined ? 0 : Math.max(0, entry.seq - previous.seq - 1);
}

/** Every number up to which the list is whole, asked for again after lines were dropped: the end of the part before the last gap. */
export function wholeUpTo(lines: LogLines): number {
  const { entries } = lines;
  for (let i = entries.length - 1; i > 0; i -= 1) {
    const entry = entries[i];
    const previous = entries[i - 1];
    if (entry !== undefined && previous !== undefined && missingBefore(entry, previous) > 0)
      return previous.seq;
  }
  return lines.lastSeq;
}

function capped(entries: readonly LogEntry[], capacity: number): LogLines {
  const kept = entries.length > capacity ? entries.slice(entries.length - capacity) : entries;
  return { entries: kept, lastSeq: kept.at(-1)?.seq ?? 0 };
}

function merge(one: readonly LogEntry[], other: readonly LogEntry[]): LogEntry[] {
  return unique(one.concat(other).toSorted((a, b) => a.seq - b.seq));
}

function unique(sorted: readonly LogEntry[]): LogEntry[] {
  return sorted.filter((entry, i) => entry.seq !== sorted[i - 1]?.seq);
}
