const encoder = new TextEncoder();

/** Length of `text` in bytes of UTF-8, as WeCom counts. */
export function utf8Length(text: string): number {
  return encoder.encode(text).length;
}

/** The longest prefix of `text` that fits into `limit` bytes of UTF-8 and does not cut a code point. */
export function utf8Truncate(text: string, limit: number): string {
  if (utf8Length(text) <= limit) return text;
  let used = 0;
  let end = 0;
  for (const character of text) {
    used += utf8Length(character);
    if (used > limit) break;
    end += character.length;
  }
  return text.slice(0, end);
}

/** `abcdef…wxyz`: an id shortened in the middle; short ones stay whole. */
export function shorten(id: string, head = 6, tail = 4): string {
  return id.length <= head + tail + 1 ? id : `${id.slice(0, head)}…${id.slice(-tail)}`;
}
