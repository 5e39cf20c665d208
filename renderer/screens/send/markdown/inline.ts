import {
  MAX_DEPTH,
  fontColors,
  type FontColor,
  type Inline,
  type MarkdownDialect,
} from './nodes.ts';

/** What a rule found at a place: the nodes, and where the text goes on. */
interface Found {
  readonly node: Inline;
  readonly end: number;
}

const ESCAPABLE = /[!-/:-@[-`{-~]/;
const FONT_OPEN = /<font\s+color\s*=\s*(?:"([a-z]+)"|'([a-z]+)'|([a-z]+))\s*>/iy;
const FONT_CLOSE = '</font>';
const MENTION = /<@([A-Za-z0-9_.@-]{1,64})>/y;

/** The spans of a stretch of text; a line break in it is a line break in the bubble. Takes any text and never throws. */
export function parseInline(dialect: MarkdownDialect, text: string, depth = 0): Inline[] {
  const nodes: Inline[] = [];
  /** Delimiters that were looked for and are not ahead, so that each is looked for only once. */
  const absent = new Set<string>();
  let plain = '';
  const flush = (): void => {
    if (plain !== '') nodes.push({ kind: 'text', text: plain });
    plain = '';
  };
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '\n') {
      flush();
      nodes.push({ kind: 'break' });
      at += 1;
      continue;
    }
    if (dialect === 'markdown_v2' && character === '\\' && ESCAPABLE.test(text.charAt(at + 1))) {
      plain += text.charAt(at + 1);
      at += 2;
      continue;
    }
    const found = depth < MAX_DEPTH ? spanAt(dialect, text, at, depth, absent) : null;
    if (found === null) {
      // A run that opened nothing is text as a whole: its tail must not be taken for another opening.
      const end = '*`'.includes(character) ? runEnd(text, at) : at + 1;
      plain += text.slice(at, end);
      at = end;
      continue;
    }
    flush();
    nodes.push(found.node);
    at = found.end;
  }
  flush();
  return nodes;
}

function spanAt(
  dialect: MarkdownDialect,
  text: string,
  at: number,
  depth: number,
  absent: Set<string>,
): Found | null {
  switch (text.charAt(at)) {
    case '`':
      return codeSpan(text, at, absent);
    case '*':
      return starSpan(dialect, text, at, depth, absent);
    case '[':
      return linkSpan(dialect, text, at, depth, absent);
    case '!':
      return dialect === 'markdown_v2' && text.charAt(at + 1) === '['
        ? imageSpan(text, at, absent)
        : null;
    case '<':
      return dialect === 'markdown'
        ? (mentionSpan(text, at) ?? fontSpan(text, at, depth, absent))
        : null;
    default:
      return null;
  }
}

/** `` `code` ``: the closing run has the length of the opening one. */
function codeSpan(text: string, at: number, absent: Set<string>): Found | null {
  const open = runEnd(text, at) - at;
  const key = `code${String(open)}`;
  if (absent.has(key)) return null;
  let close = text.indexOf('`', at + open);
  while (close !== -1) {
    const end = runEnd(text, close);
    if (end - close === open) {
      return { node: { kind: 'code', text: text.slice(at + open, close) }, end };
    }
    close = text.indexOf('`', end);
  }
  absent.add(key);
  return null;
}

/** `**bold**`, and in `markdown_v2` `*italic*` and `***both***`. */
function starSpan(
  dialect: MarkdownDialect,
  text: string,
  at: number,
  depth: number,
  absent: Set<string>,
): Found | null {
  const run = runEnd(text, at) - at;
  const size = run >= 2 ? 2 : 1;
  if (size === 1 && dialect === 'markdown') return null;
  const start = at + size;
  if (isSpace(text.charAt(at + run)) || absent.has('*'.repeat(size))) return null;
  let close = text.indexOf('*', at + run);
  while (close !== -1) {
    const end = runEnd(text, close);
    const length = end - close;
    const closes = size === 2 ? length >= 2 : length !== 2;
    if (closes && !isSpace(text.charAt(close - 1))) {
      const inner = parseInline(dialect, text.slice(start, end - size), depth + 1);
      return { node: { kind: size === 2 ? 'strong' : 'emphasis', children: inner }, end };
    }
    close = text.indexOf('*', end);
  }
  absent.add('*'.repeat(size));
  return null;
}

function linkSpan(
  dialect: MarkdownDialect,
  text: string,
  at: number,
  depth: number,
  absent: Set<string>,
): Found | null {
  const parts = bracketed(text, at, absent);
  if (parts === null || parts.label === '') return null;
  const children = parseInline(dialect, parts.label, depth + 1);
  return { node: { kind: 'link', address: parts.address, children }, end: parts.end };
}

function imageSpan(text: string, at: number, absent: Set<string>): Found | null {
  const parts = bracketed(text, at + 1, absent);
  if (parts === null) return null;
  return { node: { kind: 'image', address: parts.address, alt: parts.label }, end: parts.end };
}

/** `[label](address)` on one line; brackets and parentheses may be nested in pairs. */
function bracketed(
  text: string,
  at: number,
  absent: Set<string>,
): { label: string; address: string; end: number } | null {
  if (absent.has('](')) return null;
  if (!text.includes('](', at)) {
    absent.add('](');
    return null;
  }
  const labelEnd = pairEnd(text, at, '[', ']');
  if (labelEnd === -1 || text.charAt(labelEnd + 1) !== '(') return null;
  const addressEnd = pairEnd(text, labelEnd + 1, '(', ')');
  if (addressEnd === -1) return null;
  const address = text.slice(labelEnd + 2, addressEnd).trim();
  if (address === '') return null;
  return { label: text.slice(at + 1, labelEnd), address, end: addressEnd + 1 };
}

/** How far a pair may reach, so that many openings without an end stay cheap. */
const PAIR_REACH = 2_100;

function pairEnd(text: string, at: number, open: string, close: string): number {
  let level = 0;
  const last = Math.min(text.length, at + PAIR_REACH);
  for (let i = at; i < last; i += 1) {
    const character = text.charAt(i);
    if (character === '\n') return -1;
    if (character === open) level += 1;
    else if (character === close) {
      level -= 1;
      if (level === 0) return i;
    }
  }
  return -1;
}

function mentionSpan(text: string, at: number): Found | null {
  MENTION.lastIndex = at;
  const userId = MENTION.exec(text)?.[1];
  return userId === undefined
    ? null
    : { node: { kind: 'mention', userId }, end: MENTION.lastIndex };
}

function fontSpan(text: string, at: number, depth: number, absent: Set<string>): Found | null {
  FONT_OPEN.lastIndex = at;
  const match = FONT_OPEN.exec(text);
  if (match === null) return null;
  const color = (match[1] ?? match[2] ?? match[3] ?? '').toLowerCase();
  const start = FONT_OPEN.lastIndex;
  if (!isFontColor(color) || absent.has(FONT_CLOSE)) return null;
  const close = text.toLowerCase().indexOf(FONT_CLOSE, start);
  if (close === -1) {
    absent.add(FONT_CLOSE);
    return null;
  }
  const children = parseInline('markdown', text.slice(start, close), depth + 1);
  return { node: { kind: 'font', color, children }, end: close + FONT_CLOSE.length };
}

function isFontColor(value: string): value is FontColor {
  return (fontColors as readonly string[]).includes(value);
}

function isSpace(character: string): boolean {
  return character === '' || /\s/.test(character);
}

/** Where the run of the character at `at` ends. */
function runEnd(text: string, at: number): number {
  let end = at + 1;
  while (text.charAt(end) === text.charAt(at)) end += 1;
  return end;
}
