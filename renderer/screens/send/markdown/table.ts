import { parseInline } from './inline.ts';
import type { Block, Cell, ColumnAlign } from './nodes.ts';

const DELIMITER = /^:?-+:?$/;

/** A table at line `at`: a head with as many cells as the delimiter row below it, then rows while there is a bar in the line. */
export function tableAt(
  lines: readonly string[],
  at: number,
): { block: Block; next: number } | null {
  const head = lines[at] ?? '';
  const delimiter = lines[at + 1] ?? '';
  if (!head.includes('|') || !delimiter.includes('|')) return null;
  const marks = splitRow(delimiter);
  const names = splitRow(head);
  if (names.length !== marks.length || !marks.every((mark) => DELIMITER.test(mark))) return null;
  const align = marks.map(alignOf);
  const rows: Cell[][] = [];
  let next = at + 2;
  for (; next < lines.length && (lines[next] ?? '').includes('|'); next += 1) {
    const cells = splitRow(lines[next] ?? '');
    rows.push(align.map((_, column) => parseInline('markdown_v2', cells[column] ?? '')));
  }
  const parsedHead = names.map((name) => parseInline('markdown_v2', name));
  return { block: { kind: 'table', align, head: parsedHead, rows }, next };
}

/** The cells of a row; an escaped bar and a bar inside of code do not part cells. */
function splitRow(line: string): string[] {
  const cells: string[] = [];
  let cell = '';
  let inCode = false;
  const text = line.trim().replace(/^\|/, '');
  for (let i = 0; i < text.length; i += 1) {
    const character = text.charAt(i);
    if (character === '\\' && text.charAt(i + 1) === '|') {
      cell += '|';
      i += 1;
    } else if (character === '|' && !inCode) {
      cells.push(cell.trim());
      cell = '';
    } else {
      if (character === '`') inCode = !inCode && text.includes('`', i + 1);
      cell += character;
    }
  }
  if (cell.trim() !== '') cells.push(cell.trim());
  return cells;
}

function alignOf(cell: string): ColumnAlign {
  if (cell.startsWith(':') && cell.endsWith(':')) return 'center';
  return cell.endsWith(':') ? 'end' : 'start';
}
