import { parseInline } from './inline.ts';
import { MAX_DEPTH, type Block, type MarkdownDialect } from './nodes.ts';
import { tableAt } from './table.ts';

const HEADING = /^ {0,3}(#{1,6})\s+(\S.*)$/;
const QUOTE = /^ {0,3}> ?(.*)$/;
const RULE = /^ {0,3}(?:-(?:\s*-){2,}|\*(?:\s*\*){2,}|_(?:\s*_){2,})\s*$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})([^`]*)$/;
const ITEM = /^(\s*)(?:([-*+])|(\d{1,9})[.)])(?:\s+(.*))?$/;

interface Step {
  readonly block: Block;
  /** The line after the block. */
  readonly next: number;
}

/** Characters that are looked at: far more than WeCom takes, and so few that any text is parsed while one types. */
export const MAX_CHARACTERS = 20_480;

/**
 * The blocks of a message in one of WeCom's two dialects. Takes any text and never throws; bounded by {@link MAX_DEPTH} and
 * {@link MAX_CHARACTERS}.
 */
export function parseMarkdown(dialect: MarkdownDialect, text: string): Block[] {
  const lines = text.slice(0, MAX_CHARACTERS).replaceAll(/\r\n?/g, '\n').split('\n');
  return blocks(dialect, lines, 0);
}

function blocks(dialect: MarkdownDialect, lines: readonly string[], depth: number): Block[] {
  const out: Block[] = [];
  let at = 0;
  while (at < lines.length) {
    if ((lines[at] ?? '').trim() === '') {
      at += 1;
      continue;
    }
    const step = blockAt(dialect, lines, at, depth) ?? paragraphAt(dialect, lines, at, depth);
    out.push(step.block);
    at = step.next;
  }
  return out;
}

function blockAt(
  dialect: MarkdownDialect,
  lines: readonly string[],
  at: number,
  depth: number,
): Step | null {
  const line = lines[at] ?? '';
  const heading = HEADING.exec(line);
  if (heading !== null) {
    const children = parseInline(dialect, withoutClosing(heading[2] ?? ''));
    return { block: { kind: 'heading', level: heading[1]?.length ?? 1, children }, next: at + 1 };
  }
  if (depth >= MAX_DEPTH) return null;
  if (QUOTE.test(line)) return quoteAt(dialect, lines, at, depth);
  if (dialect === 'markdown') return null;
  if (FENCE.test(line)) return fenceAt(lines, at);
  if (RULE.test(line)) return { block: { kind: 'rule' }, next: at + 1 };
  return tableAt(lines, at) ?? listAt(lines, at, depth);
}

/** `# Title ##` is `Title`: the closing run is decoration. */
function withoutClosing(title: string): string {
  const text = title.trimEnd();
  let end = text.length;
  while (text.charAt(end - 1) === '#') end -= 1;
  return end < text.length && /\s/.test(text.charAt(end - 1)) ? text.slice(0, end).trimEnd() : text;
}

/** Lines up to the next block; the older dialect knows only headings and quotes, so there a list stays as it is written. */
function paragraphAt(
  dialect: MarkdownDialect,
  lines: readonly string[],
  at: number,
  depth: number,
): Step {
  let next = at + 1;
  while (
    next < lines.length &&
    (lines[next] ?? '').trim() !== '' &&
    !startsBlock(dialect, lines, next, depth)
  ) {
    next += 1;
  }
  const text = lines
    .slice(at, next)
    .map((line) => line.trim())
    .join('\n');
  return { block: { kind: 'paragraph', children: parseInline(dialect, text) }, next };
}

function startsBlock(
  dialect: MarkdownDialect,
  lines: readonly string[],
  at: number,
  depth: number,
): boolean {
  const line = lines[at] ?? '';
  if (HEADING.test(line)) return true;
  if (depth >= MAX_DEPTH) return false;
  if (QUOTE.test(line)) return true;
  if (dialect === 'markdown') return false;
  return FENCE.test(line) || RULE.test(line) || ITEM.test(line) || tableAt(lines, at) !== null;
}

function quoteAt(
  dialect: MarkdownDialect,
  lines: readonly string[],
  at: number,
  depth: number,
): Step {
  const inner: string[] = [];
  let next = at;
  for (; next < lines.length; next += 1) {
    const match = QUOTE.exec(lines[next] ?? '');
    if (match === null) break;
    inner.push(match[1] ?? '');
  }
  return { block: { kind: 'quote', children: blocks(dialect, inner, depth + 1) }, next };
}

/** A code block ends at a fence at least as long as its first, or with the text. */
function fenceAt(lines: readonly string[], at: number): Step {
  const open = FENCE.exec(lines[at] ?? '');
  const fence = open?.[1] ?? '```';
  let next = at + 1;
  const inner: string[] = [];
  for (; next < lines.length; next += 1) {
    const close = FENCE.exec(lines[next] ?? '')?.[1];
    const bare = (lines[next] ?? '').trim() === close;
    if (bare && close?.charAt(0) === fence.charAt(0) && close.length >= fence.length) break;
    inner.push(lines[next] ?? '');
  }
  const language = (open?.[2] ?? '').trim();
  return { block: { kind: 'code', language, text: inner.join('\n') }, next: next + 1 };
}

/** A list: items of one kind at one indent; what is indented further belongs to the item before it. */
function listAt(lines: readonly string[], at: number, depth: number): Step | null {
  const first = ITEM.exec(lines[at] ?? '');
  if (first === null) return null;
  const ordered = first[3] !== undefined;
  const indent = width(first[1] ?? '');
  const items: Block[][] = [];
  let next = at;
  while (next < lines.length) {
    const match = ITEM.exec(lines[next] ?? '');
    if (match === null || width(match[1] ?? '') !== indent || (match[3] !== undefined) !== ordered)
      break;
    if (RULE.test(lines[next] ?? '')) break;
    const own = [match[4] ?? ''];
    next += 1;
    while (next < lines.length && belongs(lines, next, indent)) {
      own.push(dedent(lines[next] ?? '', indent + 2));
      next += 1;
    }
    items.push(blocks('markdown_v2', own, depth + 1));
  }
  if (items.length === 0) return null;
  return { block: { kind: 'list', ordered, start: Number(first[3] ?? 1), items }, next };
}

/** Whether a line goes on with an item: it is indented further, or blank with such a line behind it. */
function belongs(lines: readonly string[], at: number, indent: number): boolean {
  const line = lines[at] ?? '';
  if (line.trim() !== '') return leading(line) > indent;
  const after = lines[at + 1] ?? '';
  return after.trim() !== '' && leading(after) > indent;
}

function leading(line: string): number {
  return width(/^\s*/.exec(line)?.[0] ?? '');
}

/** Columns of white space; a tab reaches to the next multiple of four. */
function width(space: string): number {
  let columns = 0;
  for (const character of space) columns += character === '\t' ? 4 - (columns % 4) : 1;
  return columns;
}

function dedent(line: string, columns: number): string {
  const have = leading(line);
  return ' '.repeat(Math.max(0, have - columns)) + line.trimStart();
}
