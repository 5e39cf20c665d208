/** A line of pretty-printed JSON, made to be drawn: nothing in it is markup. */
export interface JsonLine {
  /** Place in the tree, e.g. `/content/items/0` (RFC 6901); the closing line of a branch has its path and `close`. */
  readonly path: string;
  readonly depth: number;
  /** Name of the member; null in lists and at the root. */
  readonly name: string | null;
  readonly token: JsonToken;
  /** Whether a comma follows. */
  readonly comma: boolean;
}

export type JsonToken =
  | { readonly kind: 'string' | 'number' | 'boolean' | 'null'; readonly text: string }
  /** A branch: open with its members below, or folded with their number. An empty one is never foldable. */
  | {
      readonly kind: 'open';
      readonly bracket: '{' | '[';
      readonly folded: boolean;
      readonly size: number;
    }
  | { readonly kind: 'close'; readonly bracket: '}' | ']' };

/** Lines drawn at most; a larger value is read in its raw form. */
export const MAX_JSON_LINES = 5_000;
const MAX_JSON_DEPTH = 64;

/**
 * A value as lines, with the branches in `folded` (by path) shut. Bounded by {@link MAX_JSON_LINES}; what nests deeper than 64 levels
 * is written in one line.
 */
export function jsonLines(value: unknown, folded: ReadonlySet<string>): JsonLine[] {
  const lines: JsonLine[] = [];
  walk({ lines, folded }, value, '', 0, null, false);
  return lines;
}

interface Walk {
  readonly lines: JsonLine[];
  readonly folded: ReadonlySet<string>;
}

function walk(
  into: Walk,
  value: unknown,
  path: string,
  depth: number,
  name: string | null,
  comma: boolean,
): void {
  if (into.lines.length >= MAX_JSON_LINES) return;
  const members = depth < MAX_JSON_DEPTH ? membersOf(value) : null;
  if (members === null || members.length === 0) {
    into.lines.push({ path, depth, name, token: leaf(value), comma });
    return;
  }
  const isList = Array.isArray(value);
  const folded = into.folded.has(path);
  const token = {
    kind: 'open',
    bracket: isList ? '[' : '{',
    folded,
    size: members.length,
  } as const;
  into.lines.push({ path, depth, name, token, comma: folded && comma });
  if (folded) return;
  members.forEach(([key, member], i) => {
    const last = i === members.length - 1;
    walk(into, member, `${path}/${escapeKey(key)}`, depth + 1, isList ? null : key, !last);
  });
  into.lines.push({
    path,
    depth,
    name: null,
    token: { kind: 'close', bracket: isList ? ']' : '}' },
    comma,
  });
}

function membersOf(value: unknown): [string, unknown][] | null {
  return typeof value === 'object' && value !== null ? Object.entries(value) : null;
}

function leaf(value: unknown): JsonToken {
  const text = JSON.stringify(value) ?? 'null';
  switch (typeof value) {
    case 'string':
      return { kind: 'string', text };
    case 'number':
      return { kind: 'number', text };
    case 'boolean':
      return { kind: 'boolean', text };
    default:
      return { kind: 'null', text };
  }
}

function escapeKey(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The path of the branch that a path lies in; null for the root. */
export function parentPath(path: string): string | null {
  const cut = path.lastIndexOf('/');
  return cut === -1 ? null : path.slice(0, cut);
}
