import type { LogEntry } from '../../../common/domain/log.ts';
import type { LogItem } from './filter.ts';

const haystacks = new WeakMap<LogEntry, string>();

/** What a search looks through: message, module and fields as they are shown, without regard to case. */
function haystack(entry: LogEntry): string {
  let text = haystacks.get(entry);
  if (text === undefined) {
    const fields = Object.entries(entry.fields).map(([name, value]) => `${name}=${String(value)}`);
    // A unit separator, so that nothing is found across the border of two parts.
    text = [entry.message, entry.module, ...fields].join('\u001f').toLowerCase();
    haystacks.set(entry, text);
  }
  return text;
}

/** Indexes of the rows that contain `query`, ascending; none for an empty one. */
export function findMatches(items: readonly LogItem[], query: string): number[] {
  const wanted = query.trim().toLowerCase();
  if (wanted === '') return [];
  const matches: number[] = [];
  items.forEach((item, i) => {
    if (item.kind === 'line' && haystack(item.entry).includes(wanted)) matches.push(i);
  });
  return matches;
}

/** The match after (or before) row `from`; past the end it goes on at the other one. Null where there is none. */
export function stepMatch(
  matches: readonly number[],
  from: number,
  direction: 1 | -1,
): number | null {
  if (direction === 1) return matches.find((match) => match > from) ?? matches[0] ?? null;
  return matches.findLast((match) => match < from) ?? matches.at(-1) ?? null;
}

/** A stretch of text, marked or not. */
export interface Stretch {
  readonly text: string;
  readonly marked: boolean;
}

/** `text` cut where `query` occurs in it, without regard to case. The stretches put together are `text`. */
export function markText(text: string, query: string): Stretch[] {
  const wanted = query.trim().toLowerCase();
  const lower = text.toLowerCase();
  // Some letters change their length in lower case (İ): then places no longer agree, and nothing is marked.
  if (wanted === '' || lower.length !== text.length) return [{ text, marked: false }];
  const stretches: Stretch[] = [];
  let at = 0;
  for (let hit = lower.indexOf(wanted); hit !== -1; hit = lower.indexOf(wanted, at)) {
    if (hit > at) stretches.push({ text: text.slice(at, hit), marked: false });
    stretches.push({ text: text.slice(hit, hit + wanted.length), marked: true });
    at = hit + wanted.length;
  }
  if (at < text.length || stretches.length === 0)
    stretches.push({ text: text.slice(at), marked: false });
  return stretches;
}
