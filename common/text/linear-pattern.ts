import { AppError } from '../errors/app-error.ts';
import { parsePattern, type PatternNode } from './pattern-syntax.ts';

/** Longest pattern, characters. */
export const MAX_PATTERN = 256;
/** How much of a text is searched, UTF-16 units. */
export const MAX_SEARCHED = 4096;
const MAX_PROGRAM = 1000;

/** Whether a pattern occurs in a text; only the first {@link MAX_SEARCHED} units of it are read. */
export type Search = (text: string) => boolean;

type Instruction =
  | { readonly op: 'one'; readonly class: number; readonly next: number }
  | { readonly op: 'fork'; readonly a: number; readonly b: number }
  | { readonly op: 'start' | 'end' | 'boundary' | 'inside'; readonly next: number }
  | { readonly op: 'found' };

/**
 * Compiles a regular expression of JavaScript's syntax to a search whose time is bound by pattern × text, whatever an operator
 * writes: all states are followed at once (Thompson 1968), as RE2 does it. `(?i)` in front ignores case. What cannot be matched
 * that way (back references, look-around) is refused. Throws BAD_INPUT {field: 'pattern', reason}.
 */
export function compilePattern(pattern: string): Search {
  if (pattern.length > MAX_PATTERN) throw refused('too_long');
  const ignoreCase = pattern.startsWith('(?i)');
  const node = parsePattern(ignoreCase ? pattern.slice(4) : pattern);
  const classes: RegExp[] = [];
  const known = new Map<string, number>();
  const program: Instruction[] = [];

  function classOf(source: string): number {
    const found = known.get(source);
    if (found !== undefined) return found;
    try {
      classes.push(new RegExp(`^${source}$`, ignoreCase ? 'iu' : 'u'));
    } catch {
      throw refused('syntax');
    }
    known.set(source, classes.length - 1);
    return classes.length - 1;
  }
  function push(instruction: Instruction): number {
    if (program.length >= MAX_PROGRAM) throw refused('too_complex');
    program.push(instruction);
    return program.length - 1;
  }
  /** Writes `node` so that it goes on at `next`, from its end to its beginning. Returns where it begins. */
  function write(node: PatternNode, next: number): number {
    switch (node.kind) {
      case 'one':
        return push({ op: 'one', class: classOf(node.source), next });
      case 'assert':
        return push({ op: node.at, next });
      case 'sequence':
        return node.parts.reduceRight((entry, part) => write(part, entry), next);
      case 'choice':
        return node.options
          .map((option) => write(option, next))
          .reduceRight((b, a) => push({ op: 'fork', a, b }));
      case 'repeat':
        return repeat(node, next);
    }
  }
  function repeat(node: Extract<PatternNode, { kind: 'repeat' }>, next: number): number {
    let entry = next;
    if (node.max === null) {
      const loop = push({ op: 'fork', a: next, b: next });
      const body = write(node.node, loop);
      program[loop] = { op: 'fork', a: body, b: next };
      entry = loop;
    } else {
      for (let count = node.min; count < node.max; count += 1) {
        entry = push({ op: 'fork', a: write(node.node, entry), b: next });
      }
    }
    for (let count = 0; count < node.min; count += 1) entry = write(node.node, entry);
    return entry;
  }

  const entry = write(node, push({ op: 'found' }));
  return (text) => search(program, classes, entry, text.slice(0, MAX_SEARCHED));
}

function search(
  program: readonly Instruction[],
  classes: readonly RegExp[],
  entry: number,
  text: string,
): boolean {
  const characters = Array.from(text);
  const seen = new Int32Array(program.length).fill(-1);
  let waiting: number[] = [];
  for (let at = 0; at <= characters.length; at += 1) {
    const before = characters[at - 1];
    const here = characters[at];
    const boundary = isWord(before) !== isWord(here);
    const results = new Map<number, boolean>();
    const next: number[] = [];
    const open = [...waiting, entry];
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      if (seen[state] === at) continue;
      seen[state] = at;
      const instruction = program[state];
      if (instruction === undefined) continue;
      if (instruction.op === 'found') return true;
      if (instruction.op === 'fork') open.push(instruction.a, instruction.b);
      else if (instruction.op === 'one') {
        if (here === undefined) continue;
        let matches = results.get(instruction.class);
        if (matches === undefined) {
          matches = classes[instruction.class]?.test(here) === true;
          results.set(instruction.class, matches);
        }
        if (matches) next.push(instruction.next);
      } else if (
        (instruction.op === 'start' && at === 0) ||
        (instruction.op === 'end' && here === undefined) ||
        (instruction.op === 'boundary' && boundary) ||
        (instruction.op === 'inside' && !boundary)
      ) {
        open.push(instruction.next);
      }
    }
    waiting = next;
  }
  return false;
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /^\w$/.test(character);
}

function refused(reason: string): AppError {
  return new AppError('BAD_INPUT', { field: 'pattern', reason });
}
