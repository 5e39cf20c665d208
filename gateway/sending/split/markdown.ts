import { tableSpans, type Table } from './table.ts';

/** A fenced code block (CommonMark §4.5). */
export interface Fence {
  /** "```" or longer, as it closes. */
  readonly marker: string;
  /** The opening line, with its language, without its line end. */
  readonly opening: string;
  /** Start of the opening line. */
  readonly start: number;
  /** First character of the code. */
  readonly bodyStart: number;
  /** Start of the closing line; the end of the text where it is missing. */
  readonly bodyEnd: number;
  /** After the closing line. */
  readonly end: number;
}

/** A longer opening line is repeated without its words. */
const LONGEST_OPENING = 64;

const fenceLine = /^( {0,3})(`{3,}|~{3,})([^\n]*)(?:\n|$)/gm;

/** The fenced code blocks of a markdown text, in order. */
export function fencesOf(text: string): Fence[] {
  const found: Fence[] = [];
  let open: Omit<Fence, 'bodyEnd' | 'end'> | null = null;
  for (const match of text.matchAll(fenceLine)) {
    const [line, , marker = '', info = ''] = match;
    if (open === null) {
      // A line of inline code is no fence: the words after backticks hold none.
      if (marker.startsWith('`') && info.includes('`')) continue;
      const opening = line.replace(/\n$/, '');
      open = {
        marker,
        opening: opening.length > LONGEST_OPENING ? marker : opening,
        start: match.index,
        bodyStart: match.index + line.length,
      };
      continue;
    }
    const closes =
      marker.startsWith(open.marker.slice(0, 1)) &&
      marker.length >= open.marker.length &&
      info.trim() === '';
    if (!closes) continue;
    found.push({ ...open, bodyEnd: match.index, end: match.index + line.length });
    open = null;
  }
  if (open !== null) found.push({ ...open, bodyEnd: text.length, end: text.length });
  return found;
}

/** What is never cut in half, where it fits: each expression is linear, and none crosses a paragraph. */
const wholes =
  /!?\[[^\][\n]{0,1024}\]\([^()\s\n]{0,2048}\)|(`{1,2})(?!`)[^`\n]{1,1024}\1|<@[^<>\n]{1,128}>|<font [^<>\n]{0,64}>[^<\n]{0,1024}<\/font>|<\/?[a-z][^<>\n]{0,128}>|\*\*[^*\n]{1,512}\*\*|https?:\/\/[^\s<>()]{1,2048}/gi;

/** The same of a plain text: what WeCom makes a mention or a link of. */
const wholesOfText =
  /<a [^<>\n]{0,2048}>[^<\n]{0,1024}<\/a>|<@[^<>\n]{1,128}>|https?:\/\/[!#-;=?-~]{1,2048}/gi;

/** A stretch of the text, its end excluded, that holds together. */
export type Span = readonly [start: number, end: number];

/** Stretches of a plain text that hold together. */
export function protectedWords(text: string): readonly Span[] {
  return [...text.matchAll(wholesOfText)].map(({ index, 0: whole }) => [
    index,
    index + whole.length,
  ]);
}

/**
 * Stretches that hold together: inline markup outside of code blocks, rows of tables, and the fences' own lines. Sorted; none
 * overlaps another.
 */
export function protectedSpans(
  text: string,
  fences: readonly Fence[],
  tables: readonly Table[],
): readonly Span[] {
  const spans: Span[] = tables.flatMap(tableSpans);
  let from = 0;
  const inline = (start: number, end: number): void => {
    for (const match of text.slice(start, end).matchAll(wholes)) {
      spans.push([start + match.index, start + match.index + match[0].length]);
    }
  };
  for (const fence of fences) {
    inline(from, fence.start);
    const isEmpty = fence.bodyStart === fence.bodyEnd;
    spans.push([fence.start, isEmpty ? fence.end : fence.bodyStart]);
    // From the line end before it, so that no part begins with the line that closes a block.
    if (!isEmpty && fence.bodyEnd < fence.end) {
      spans.push([Math.max(fence.bodyStart, fence.bodyEnd - 1), fence.end]);
    }
    from = fence.end;
  }
  inline(from, text.length);
  return merged(spans);
}

/** Those that overlap become one. */
function merged(spans: readonly Span[]): Span[] {
  const found: Span[] = [];
  for (const [start, end] of spans.toSorted(([a], [b]) => a - b)) {
    const last = found.at(-1);
    if (last !== undefined && start < last[1]) {
      found.splice(-1, 1, [last[0], Math.max(last[1], end)]);
    } else found.push([start, end]);
  }
  return found;
}

/** The text between code blocks: start and end of each stretch. */
export function outside(text: string, fences: readonly Fence[]): Span[] {
  const starts = [0, ...fences.map(({ end }) => end)];
  return starts.map((start, index) => [start, fences[index]?.start ?? text.length]);
}
