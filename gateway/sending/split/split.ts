import { AppError } from '../../../common/errors/app-error.ts';
import { utf8Length } from '../../../common/text/utf8.ts';
import { chooseCut } from './cut.ts';
import { fencesOf, protectedSpans, type Fence } from './markdown.ts';

/** Most messages that one text may become. */
export const MAX_PARTS = 100;
/** `(99/100)` and a line end at the most. */
const NUMBER_BYTES = 10;

/** One part: `text` is what is sent; `core` is its piece of the original; the rest is number and repeated fences. */
export interface Part {
  readonly text: string;
  readonly core: string;
}

/**
 * Cuts a text into parts of at most `limit` bytes of UTF-8, numbered `(1/3)`; one that fits stays as it is. The cores joined
 * are the original. Throws MESSAGE_TOO_LONG {used, limit} where it would be more than {@link MAX_PARTS}.
 */
export function splitText(text: string, limit: number): Part[] {
  return split(text, limit, [], () => true);
}

/**
 * The same for markdown: links, code spans, mentions, emphasis and font tags stay whole; a code block that has to be cut is
 * closed and opened again.
 */
export function splitMarkdown(text: string, limit: number): Part[] {
  const fences = fencesOf(text);
  const spans = protectedSpans(text, fences);
  return split(text, limit, fences, (index) => !isInside(spans, index));
}

function split(
  text: string,
  limit: number,
  fences: readonly Fence[],
  mayCut: (index: number) => boolean,
): Part[] {
  const used = utf8Length(text);
  if (used <= limit) return [{ text, core: text }];
  // Room for a fence that has to be closed at the end of a part.
  const closing = fences.reduce((most, { marker }) => Math.max(most, marker.length + 1), 0);
  const parts: { before: string; core: string; after: string }[] = [];
  let from = 0;
  while (from < text.length) {
    const open = fenceAt(fences, from);
    const before = open === null ? '' : `${open.opening}\n`;
    const budget = limit - NUMBER_BYTES - utf8Length(before) - closing;
    // A limit of a few bytes cannot be kept; WeCom's are thousands.
    if (budget < 8 || parts.length >= MAX_PARTS)
      throw new AppError('MESSAGE_TOO_LONG', { used, limit });
    const to = chooseCut(text, from, budget, mayCut);
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

/** Spans are sorted and do not overlap. */
function isInside(spans: readonly (readonly [number, number])[], index: number): boolean {
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
