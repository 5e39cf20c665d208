import { AppError } from '../../../common/errors/app-error.ts';
import { utf8Length } from '../../../common/text/utf8.ts';
import { chooseCut } from './cut.ts';
import {
  fencesOf,
  outside,
  protectedSpans,
  protectedWords,
  type Fence,
  type Span,
} from './markdown.ts';
import { tablesOf, type Table } from './table.ts';

/** Most messages that one text may become. */
export const MAX_PARTS = 100;
/** `(99/100)` and a line end at the most. */
const NUMBER_BYTES = 10;
/** A longer head of a table is not repeated above its further rows. */
const LONGEST_HEAD = 512;

/** One part: `text` is what is sent; `core` is its piece of the original; the rest is number, fences and heads of tables. */
export interface Part {
  readonly text: string;
  readonly core: string;
}

/**
 * Cuts a text into parts of at most `limit` bytes of UTF-8, numbered `(1/3)`; one that fits stays as it is. Mentions, links and
 * addresses stay whole. The cores joined are the original. Throws MESSAGE_TOO_LONG {used, limit} where it would be more than {@link MAX_PARTS}.
 */
export function splitText(text: string, limit: number): Part[] {
  return split(text, limit, { fences: [], tables: [], spans: protectedWords(text) });
}

/**
 * The same for markdown: code spans, emphasis, font tags and rows of tables stay whole too; a code block that has to be cut is
 * closed and opened again, and a table gets its head again.
 */
export function splitMarkdown(text: string, limit: number): Part[] {
  const fences = fencesOf(text);
  const tables = outside(text, fences).flatMap(([from, to]) => tablesOf(text, from, to));
  return split(text, limit, { fences, tables, spans: protectedSpans(text, fences, tables) });
}

/** What a text is made of, as far as it matters where it is cut. */
interface Structure {
  readonly fences: readonly Fence[];
  readonly tables: readonly Table[];
  readonly spans: readonly Span[];
}

function split(text: string, limit: number, { fences, tables, spans }: Structure): Part[] {
  const used = utf8Length(text);
  if (used <= limit) return [{ text, core: text }];
  // Room for a fence that has to be closed at the end of a part.
  const closing = fences.reduce((most, { marker }) => Math.max(most, marker.length + 1), 0);
  const parts: { before: string; core: string; after: string }[] = [];
  let from = 0;
  while (from < text.length) {
    const open = fenceAt(fences, from);
    const before = open === null ? headAt(tables, from) : `${open.opening}\n`;
    const budget = limit - NUMBER_BYTES - utf8Length(before) - closing;
    // A limit of a few bytes cannot be kept; WeCom's are thousands.
    if (budget < 8 || parts.length >= MAX_PARTS)
      throw new AppError('MESSAGE_TOO_LONG', { used, limit });
    const to = chooseCut(text, from, budget, (index) => !isInside(spans, index));
    const core = text.slice(from, to);
    const cut = fenceAt(fences, to);
    const after = cut === null ? '' : `${core.endsWith('\n') ? '' : '\n'}${cut.marker}`;
    parts.push({ before, core, after });
    from = to;
  }
  return parts.map(({ before, core, after }, index) => ({
    text: `(${index + 1}/${parts.length})\n${before}${core}${after}`,
    core,
  }));
}

/** The code block that goes on at `index`; null outside of blocks and at their ends. */
function fenceAt(fences: readonly Fence[], index: number): Fence | null {
  const goesOn = ({ bodyStart, bodyEnd, end }: Fence): boolean =>
    index >= bodyStart && (index < bodyEnd || (index === bodyEnd && bodyEnd < end));
  return fences.find(goesOn) ?? null;
}

/** The head of the table of which a row begins at `index`, below others; empty elsewhere. */
function headAt(tables: readonly Table[], index: number): string {
  const table = tables.find(({ rows }) => rows.includes(index));
  if (table === undefined) return '';
  const { head } = table;
  return utf8Length(head) > LONGEST_HEAD ? '' : head;
}

/** Spans are sorted and do not overlap. */
function isInside(spans: readonly Span[], index: number): boolean {
  let low = 0;
  let high = spans.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const [start, end] = spans[middle] ?? [0, 0];
    if (index <= start) high = middle - 1;
    else if (index >= end) low = middle + 1;
    else return true;
  }
  return false;
}
