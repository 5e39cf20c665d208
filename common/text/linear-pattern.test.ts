import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../errors/app-error.ts';
import { compilePattern, MAX_SEARCHED } from './linear-pattern.ts';

/** Patterns of the supported syntax, made from a grammar. */
const { pattern } = fc.letrec<{ pattern: string; atom: string }>((tie) => ({
  atom: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('a', 'b', 'c', '.', '[ab]', '[^a]', String.raw`\d`, String.raw`\w`, '价'),
    fc.constantFrom('^', '$', String.raw`\b`, String.raw`\B`),
    tie('pattern').map((inner) => `(${inner})`),
    fc
      .tuple(
        fc.oneof(
          fc.constantFrom('a', 'b', '.', '[bc]'),
          tie('pattern').map((inner) => `(?:${inner})`),
        ),
        fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '{2,}', '*?'),
      )
      .map((parts) => parts.join('')),
  ),
  pattern: fc.oneof(
    fc.array(tie('atom'), { maxLength: 4 }).map((atoms) => atoms.join('')),
    fc.tuple(tie('atom'), tie('atom')).map((options) => options.join('|')),
  ),
}));
// No surrogate pairs: V8 finds `\B` between the halves of one, where ECMA-262 §22.2.7.2 never looks.
const words = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', ' ', '价'), maxLength: 12 });

describe('a linear pattern', () => {
  it('finds what JavaScript finds', () => {
    fc.assert(
      fc.property(pattern, words, (source, text) => {
        fc.pre(source.length <= 200);
        let search: ReturnType<typeof compilePattern>;
        try {
          search = compilePattern(source);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
          expect((error as AppError).params['reason']).toBe('too_complex');
          return;
        }
        expect(search(text), `${source} in ${text}`).toBe(new RegExp(source, 'u').test(text));
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ['(?i)order', 'New ORDER', true],
    ['(?i)straße', 'STRASSE', false],
    [String.raw`^请假\s*\d{4}-\d{2}$`, '请假 2026-11', true],
    [String.raw`\p{Script=Han}{3}`, 'x价格表', true],
    [String.raw`\/help`, 'say /help', true],
    ['^.$', '😀', true],
    ['[😀-😂]+!', '😁😀!', true],
    ['', '', true],
  ])('%s in %s', (source, text, expected) => {
    expect(compilePattern(source)(text)).toBe(expected);
  });

  it.each([
    [String.raw`(a)\1`, 'back_reference'],
    ['a(?=b)', 'look_around'],
    ['(?<!a)b', 'look_around'],
    ['(a', 'unclosed_group'],
    ['a)', 'unopened_group'],
    ['[a', 'unclosed_class'],
    ['*a', 'nothing_to_repeat'],
    ['a**', 'nothing_to_repeat'],
    ['[z-a]', 'syntax'],
    ['a{101}', 'count_too_large'],
    ['(?:(?:a{100}){100}){100}', 'too_complex'],
    [`${'('.repeat(30)}a${')'.repeat(30)}`, 'too_deep'],
    ['a'.repeat(257), 'too_long'],
  ])('%s is refused: %s', (source, reason) => {
    expect(() => compilePattern(source)).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT', params: expect.objectContaining({ reason }) }),
    );
  });

  it('takes the same few steps where back-tracking would take 2^4096', () => {
    const text = 'a'.repeat(MAX_SEARCHED);
    for (const source of ['(a+)+$b', '(a|a)*b', '(.*.*.*)=x', '(a?){60}a{60}b']) {
      expect(compilePattern(source)(text)).toBe(false);
    }
  });

  it('reads no more than the first 4096 units', () => {
    const search = compilePattern('end');
    expect(search(`${'x'.repeat(MAX_SEARCHED - 3)}end`)).toBe(true);
    expect(search(`${'x'.repeat(MAX_SEARCHED)}end`)).toBe(false);
  });
});
