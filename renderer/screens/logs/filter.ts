import { LogLevel, type LogEntry } from '../../../common/domain/log.ts';
import { missingBefore } from './lines.ts';

/** A field that lines must carry, as its chip says: `bot=practice`. */
export interface FieldFilter {
  readonly name: string;
  readonly value: string;
}

export interface LogFilter {
  readonly levels: ReadonlySet<LogLevel>;
  /** Null shows every module. */
  readonly module: string | null;
  /** All of them must hold. */
  readonly fields: readonly FieldFilter[];
}

export const allLevels: ReadonlySet<LogLevel> = new Set(LogLevel.options);
export const everything: LogFilter = { levels: allLevels, module: null, fields: [] };

/** What a row of the list shows: a line, or the place where lines are missing. */
export type LogItem =
  | { readonly kind: 'line'; readonly entry: LogEntry }
  | { readonly kind: 'gap'; readonly before: number; readonly missing: number };

/** The rows that a filter leaves, in order. A gap is shown whatever the filter: what is missing may have been what is looked for. */
export function filterLines(entries: readonly LogEntry[], filter: LogFilter): LogItem[] {
  const rows: LogItem[] = [];
  entries.forEach((entry, i) => {
    const missing = missingBefore(entry, entries[i - 1]);
    if (missing > 0) rows.push({ kind: 'gap', before: entry.seq, missing });
    if (filter.levels.has(entry.level) && isWanted(entry, filter)) rows.push(itemOf(entry));
  });
  return rows;
}

const items = new WeakMap<LogEntry, LogItem>();

/** The row of a line, the same each time: the list is filtered anew with every batch, and 50,000 objects a time are felt. */
function itemOf(entry: LogEntry): LogItem {
  let item = items.get(entry);
  if (item === undefined) {
    item = { kind: 'line', entry };
    items.set(entry, item);
  }
  return item;
}

/** A name for a row that stays with it. */
export function itemKey(item: LogItem): string {
  return item.kind === 'line' ? String(item.entry.seq) : `gap ${String(item.before)}`;
}

/** How many lines of each level there are under the rest of the filter: what its chip would bring. */
export function countLevels(
  entries: readonly LogEntry[],
  filter: LogFilter,
): Record<LogLevel, number> {
  const counts: Record<LogLevel, number> = { debug: 0, info: 0, warn: 0, error: 0 };
  for (const entry of entries) if (isWanted(entry, filter)) counts[entry.level] += 1;
  return counts;
}

/** Modules that speak in these lines, by name. */
export function modulesOf(entries: readonly LogEntry[]): string[] {
  return [...new Set(entries.map((entry) => entry.module))].toSorted();
}

export function isFiltered(filter: LogFilter): boolean {
  return filter.module !== null || filter.fields.length > 0 || filter.levels.size < allLevels.size;
}

/** Puts a field into the filter, or takes it out again. */
export function toggleField(filter: LogFilter, field: FieldFilter): LogFilter {
  const others = filter.fields.filter(
    ({ name, value }) => name !== field.name || value !== field.value,
  );
  const had = others.length < filter.fields.length;
  return { ...filter, fields: had ? others : [...others, field] };
}

/** Switches a level on or off; the last one that is on stays, since an empty list explains nothing. */
export function toggleLevel(filter: LogFilter, level: LogLevel): LogFilter {
  const levels = new Set(filter.levels);
  if (!levels.delete(level)) levels.add(level);
  return levels.size === 0 ? filter : { ...filter, levels };
}

function isWanted(entry: LogEntry, filter: LogFilter): boolean {
  if (filter.module !== null && entry.module !== filter.module) return false;
  return filter.fields.every(({ name, value }) => {
    const own = Object.hasOwn(entry.fields, name) ? entry.fields[name] : undefined;
    return own !== undefined && String(own) === value;
  });
}
