/** A place in a file, counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export type Path = readonly PropertyKey[];

/**
 * Finds where a key of a TOML text stands, by its path (`['bots', 0, 'token']`); a path that is not in the text has the place
 * of the nearest table around it. `text` must be valid TOML (1.0): it is parsed elsewhere.
 */
export function locateKeys(text: string): (path: Path) => Position {
  const places = new Scanner(text).scan();
  return (path) => {
    for (let length = path.length; length > 0; length -= 1) {
      const offset = places.get(nameOf(path.slice(0, length)));
      if (offset !== undefined) return positionAt(text, offset);
    }
    return { line: 1, column: 1 };
  };
}

/** A key's path as people write it: `bots[0].token`. */
export function pathText(path: Path): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('');
}

function nameOf(path: Path): string {
  return path.map(String).join('\n');
}

function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** One pass over the text that notes where keys begin; values are only skipped. */
class Scanner {
  readonly #text: string;
  readonly #places = new Map<string, number>();
  /** Tables of each array of tables so far. */
  readonly #counts = new Map<string, number>();
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  scan(): ReadonlyMap<string, number> {
    let table: Path = [];
    for (;;) {
      this.#skipBlank();
      if (this.#at >= this.#text.length) return this.#places;
      if (this.#text[this.#at] === '[') table = this.#header();
      else this.#pair(table);
    }
  }

  #header(): Path {
    const start = this.#at;
    const isArray = this.#text.startsWith('[[', start);
    this.#at += isArray ? 2 : 1;
    const names = this.#key();
    this.#at = this.#text.indexOf(']', this.#at) + (isArray ? 2 : 1);
    let path: PropertyKey[] = [];
    for (const [index, name] of names.entries()) {
      path = [...path, name];
      const known = this.#counts.get(nameOf(path));
      const isLast = index === names.length - 1;
      if (isArray && isLast) {
        const count = known ?? 0;
        this.#counts.set(nameOf(path), count + 1);
        if (count === 0) this.#note(path, start);
        path = [...path, count];
      } else if (known !== undefined) path = [...path, known - 1];
    }
    this.#note(path, start);
    return path;
  }

  #pair(table: Path): void {
    this.#skipBlank();
    const start = this.#at;
    const path = [...table, ...this.#key()];
    this.#note(path, start);
    this.#at = this.#text.indexOf('=', this.#at) + 1;
    this.#value(path);
  }

  #key(): string[] {
    const names: string[] = [];
    for (;;) {
      this.#skipBlank();
      const quote = this.#text[this.#at];
      if (quote === '"' || quote === "'") {
        const start = this.#at;
        this.#quoted(quote);
        names.push(this.#text.slice(start + 1, this.#at - 1));
      } else {
        names.push(this.#take(/[A-Za-z0-9_-]*/y));
      }
      this.#take(/[ \t]*/y);
      if (this.#text[this.#at] !== '.') return names;
      this.#at += 1;
    }
  }

  #value(path: Path): void {
    this.#skipBlank();
    const first = this.#text[this.#at] ?? '';
    if (first === '"' || first === "'") this.#quoted(first);
    else if (first === '[') this.#items(']', (index) => this.#element([...path, index]));
    else if (first === '{') this.#items('}', () => this.#pair(path));
    else this.#take(/[^,\]}\n#]*/y);
  }

  #element(path: Path): void {
    this.#note(path, this.#at);
    this.#value(path);
  }

  #items(close: string, one: (index: number) => void): void {
    this.#at += 1;
    for (let index = 0; ; index += 1) {
      this.#skipBlank();
      if (this.#at >= this.#text.length) return;
      if (this.#text[this.#at] === close) {
        this.#at += 1;
        return;
      }
      one(index);
      this.#skipBlank();
      if (this.#text[this.#at] === ',') this.#at += 1;
    }
  }

  /** To behind the end of the string that begins here. */
  #quoted(quote: string): void {
    const long = quote.repeat(3);
    const end = this.#text.startsWith(long, this.#at) ? long : quote;
    this.#at += end.length;
    while (this.#at < this.#text.length && !this.#text.startsWith(end, this.#at)) {
      this.#at += quote === '"' && this.#text[this.#at] === '\\' ? 2 : 1;
    }
    this.#at += end.length;
    // A long string may end in up to two quotes of its own.
    while (end.length === 3 && this.#text[this.#at] === quote) this.#at += 1;
  }

  #skipBlank(): void {
    for (;;) {
      this.#take(/\s*/y);
      if (this.#text[this.#at] !== '#') return;
      const end = this.#text.indexOf('\n', this.#at);
      this.#at = end === -1 ? this.#text.length : end;
    }
  }

  /** Goes past what `sticky` matches here. */
  #take(sticky: RegExp): string {
    sticky.lastIndex = this.#at;
    const [taken = ''] = sticky.exec(this.#text) ?? [];
    this.#at += taken.length;
    return taken;
  }

  #note(path: Path, offset: number): void {
    const name = nameOf(path);
    if (!this.#places.has(name)) this.#places.set(name, offset);
  }
}
