/** Width of a character at 12 px, in pixels: CJK is square, Latin about half. An estimate; the picture leaves it room. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += (character.codePointAt(0) ?? 0) > 0x2e80 ? 12 : 6.5;
  return width;
}

/** Text in at most two lines of `width` pixels, since SVG does not break lines: at a space, or anywhere in CJK text. */
export function wrap(text: string, width: number): readonly string[] {
  if (widthOf(text) <= width) return [text];
  const pieces = text.includes(' ') ? text.split(/(?<= )/) : Array.from(text);
  let best = 1;
  let smallest = Infinity;
  for (let cut = 1; cut < pieces.length; cut += 1) {
    const wider = Math.max(
      widthOf(pieces.slice(0, cut).join('')),
      widthOf(pieces.slice(cut).join('')),
    );
    if (wider < smallest) {
      smallest = wider;
      best = cut;
    }
  }
  return [pieces.slice(0, best).join('').trimEnd(), pieces.slice(best).join('')].filter(
    (line) => line !== '',
  );
}
