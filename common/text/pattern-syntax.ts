import { AppError } from '../errors/app-error.ts';

/** A regular expression as a tree. `one` is a character: its source is what JavaScript's `u` mode reads it as. */
export type PatternNode =
  | { readonly kind: 'one'; readonly source: string }
  | { readonly kind: 'assert'; readonly at: 'start' | 'end' | 'boundary' | 'inside' }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly options: readonly PatternNode[] }
  | {
      readonly kind: 'repeat';
      readonly node: PatternNode;
      readonly min: number;
      /** Null without an end. */
      readonly max: number | null;
    };

const MAX_COUNT = 100;
const MAX_DEPTH = 20;

/** One character in all its spellings, after `\`. */
const escape =
  /^\\(?:[dDwWsSnrtfv0]|[pP]\{[\w=]{1,40}\}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|u\{[0-9a-fA-F]{1,6}\}|[\^$\\.*+?()[\]{}|/-])/u;
const characterClass = /^\[\^?(?:\\.[^\]\\]*|[^\]\\])*\]/u;
const quantifier = /^(?:([*+?])|\{(\d{1,3})(?:(,)(\d{1,3})?)?\})\??/;

/** Reads a pattern. Throws BAD_INPUT {field: 'pattern', reason, at}. */
export function parsePattern(pattern: string): PatternNode {
  let at = 0;

  function fail(reason: string): never {
    throw new AppError('BAD_INPUT', { field: 'pattern', reason, at });
  }
  function take(expression: RegExp, reason: string): string {
    const found = expression.exec(pattern.slice(at))?.[0];
    if (found === undefined) return fail(reason);
    at += found.length;
    return found;
  }
  function choice(depth: number): PatternNode {
    if (depth > MAX_DEPTH) fail('too_deep');
    const options = [sequence(depth)];
    while (pattern[at] === '|') {
      at += 1;
      options.push(sequence(depth));
    }
    const [only] = options;
    return options.length === 1 && only !== undefined ? only : { kind: 'choice', options };
  }
  function sequence(depth: number): PatternNode {
    const parts: PatternNode[] = [];
    while (at < pattern.length && pattern[at] !== '|' && pattern[at] !== ')') {
      parts.push(quantified(depth));
    }
    return { kind: 'sequence', parts };
  }
  function quantified(depth: number): PatternNode {
    const node = atom(depth);
    const found = quantifier.exec(pattern.slice(at));
    if (found === null) return node;
    if (node.kind === 'assert') fail('nothing_to_repeat');
    at += found[0].length;
    if (quantifier.test(pattern.slice(at))) fail('nothing_to_repeat');
    const [, sign, least, comma, most] = found;
    if (sign !== undefined) {
      return { kind: 'repeat', node, min: sign === '+' ? 1 : 0, max: sign === '?' ? 1 : null };
    }
    const min = Number(least);
    const max = comma === undefined ? min : most === undefined ? null : Number(most);
    if (min > MAX_COUNT || (max ?? 0) > MAX_COUNT) fail('count_too_large');
    if (max !== null && max < min) fail('syntax');
    return { kind: 'repeat', node, min, max };
  }
  function group(depth: number): PatternNode {
    const rest = pattern.slice(at);
    if (/^\(\?(?:<?[=!])/.test(rest)) fail('look_around');
    const head = /^\((?:\?:|\?<[A-Za-z_]\w*>)?/.exec(rest)?.[0] ?? '(';
    at += head.length;
    if (pattern[at] === '?') fail('syntax');
    const node = choice(depth + 1);
    if (pattern[at] !== ')') fail('unclosed_group');
    at += 1;
    return node;
  }
  function escaped(): PatternNode {
    const next = pattern[at + 1] ?? '';
    if (next === 'b' || next === 'B') {
      at += 2;
      return { kind: 'assert', at: next === 'b' ? 'boundary' : 'inside' };
    }
    if (/[1-9k]/.test(next)) fail('back_reference');
    return { kind: 'one', source: take(escape, 'syntax') };
  }
  function atom(depth: number): PatternNode {
    const character = String.fromCodePoint(pattern.codePointAt(at) ?? 0);
    if (character === '(') return group(depth);
    if (character === '\\') return escaped();
    if (character === '[') return { kind: 'one', source: take(characterClass, 'unclosed_class') };
    if (/[*+?{}\]]/.test(character)) fail('nothing_to_repeat');
    at += character.length;
    if (character === '^') return { kind: 'assert', at: 'start' };
    if (character === '$') return { kind: 'assert', at: 'end' };
    // A `/` is a plain character here; the rest stands for itself.
    return { kind: 'one', source: character };
  }

  const node = choice(0);
  if (at < pattern.length) fail('unopened_group');
  return node;
}
