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

/** Spans `[start, end)` that hold together: inline markup outside of code blocks, and the fences' own lines. */
export function protectedSpans(
  text: string,
  fences: readonly Fence[],
): readonly (readonly [number, number])[] {
  const spans: (readonly [number, number])[] = [];
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
  return spans;
}
