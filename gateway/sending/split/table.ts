/** A table of pipes (GFM §4.10). */
export interface Table {
  /** Header and delimiter row, line end included: what stands above the rows of each part. */
  readonly head: string;
  /** Start of the header row. */
  readonly start: number;
  /** Starts of the rows below the head. */
  readonly rows: readonly number[];
  /** After the last row. */
  readonly end: number;
}

/** Linear: no two runs of spaces stand side by side. */
const delimiterRow = /^ {0,3}(?:\|[ \t]*)?:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*(?:\|[ \t]*)?$/;

/** The tables between two places of a markdown text, in order. A row is a line with a pipe; any other line ends the table. */
export function tablesOf(text: string, from: number, to: number): Table[] {
  const found: Table[] = [];
  /** Start of the line before, where that may be a header. */
  let before: number | null = null;
  let open: { start: number; headEnd: number; rows: number[]; end: number } | null = null;
  const close = (): void => {
    if (open === null) return;
    const { start, headEnd, rows, end } = open;
    found.push({ head: text.slice(start, headEnd), start, rows, end });
    open = null;
  };
  for (let start = from; start < to;) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 || newline >= to ? to : newline + 1;
    const line = text.slice(start, newline === -1 ? end : Math.min(newline, end));
    const isRow = line.includes('|');
    if (open !== null && isRow) {
      open.rows.push(start);
      open.end = end;
    } else {
      close();
      if (before !== null && isRow && delimiterRow.test(line)) {
        open = { start: before, headEnd: end, rows: [], end };
        before = null;
      } else before = isRow ? start : null;
    }
    start = end;
  }
  close();
  return found;
}

/** What of a table holds together: each row, and the head with the first of them. */
export function tableSpans({ start, rows, end }: Table): (readonly [number, number])[] {
  const [, ...later] = rows;
  const starts = [start, ...later];
  return starts.map((at, index) => [at, starts[index + 1] ?? end]);
}
