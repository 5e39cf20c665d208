/** Places where a text is cut with the least harm, best first: after a paragraph, a line, a sentence, a clause, a word. */
const seams: readonly RegExp[] = [
  /\n[ \t]*\n+/g,
  /\n/g,
  /[。！？…]+["'”’」』）)]*|[.!?]+["'”’)]*(?=\s)/g,
  /[，、；：]|[,;:](?=\s)/g,
  /[ \t\u3000]+/g,
];
/** A better seam is taken only where it does not waste more than half of the part. */
const LEAST_FILL = 0.5;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Index after the longest prefix of `text.slice(from)` that fits into `budget` bytes; never inside a code point. */
export function longestFit(text: string, from: number, budget: number): number {
  let used = 0;
  let index = from;
  while (index < text.length) {
    const point = text.codePointAt(index) ?? 0;
    used += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (used > budget) break;
    index += point > 0xffff ? 2 : 1;
  }
  return index;
}

/**
 * Where to cut `text` after `from` so that what comes before fits into `budget` bytes. `mayCut` forbids places inside what
 * belongs together; where it leaves none, the cut is made between characters all the same. Always beyond `from`.
 */
export function chooseCut(
  text: string,
  from: number,
  budget: number,
  mayCut: (index: number) => boolean,
): number {
  const most = longestFit(text, from, budget);
  if (most >= text.length) return text.length;
  const window = text.slice(from, most);
  const least = from + Math.floor(window.length * LEAST_FILL);
  for (const seam of seams) {
    let best = -1;
    for (const match of window.matchAll(seam)) {
      const end = from + match.index + match[0].length;
      // A run of spaces or line ends that goes on belongs to this part as far as it fits.
      if (end > least && end <= most && mayCut(end)) best = end;
    }
    if (best > from) return best;
  }
  for (let index = most; index > from; index -= 1) {
    if (mayCut(index) && isCharacterEnd(text, from, index)) return index;
  }
  return characterBefore(text, from, most);
}

/** The last end of a whole character as people see it, so that a family of emoji stays one; else of a code point. */
function characterBefore(text: string, from: number, most: number): number {
  const start = Math.max(from, most - 64);
  let best = from;
  for (const { index } of graphemes.segment(text.slice(start, most + 64))) {
    if (start + index <= most && start + index > from) best = start + index;
  }
  return best > from ? best : most;
}

function isCharacterEnd(text: string, from: number, index: number): boolean {
  const before = text.charCodeAt(index - 1);
  const after = text.charCodeAt(index);
  if (before >= 0xd800 && before < 0xdc00 && after >= 0xdc00 && after < 0xe000) return false;
  // Joiners and combining marks (variation selectors are some) belong to what stands before them.
  return (
    index === from ||
    (!/^(?:\u200d|\p{M})/u.test(text.slice(index, index + 2)) && before !== 0x200d)
  );
}
