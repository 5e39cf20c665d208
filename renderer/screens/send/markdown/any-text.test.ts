import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_CHARACTERS, parseMarkdown } from './blocks.ts';
import { MAX_DEPTH, type Block, type Inline } from './nodes.ts';
import { plain } from './testing.ts';

const old = (value: string): Block[] => parseMarkdown('markdown', value);
const v2 = (value: string): Block[] => parseMarkdown('markdown_v2', value);

describe('any text', () => {
  const marks = fc.constantFrom(
    '*',
    '**',
    '`',
    '```\n',
    '[',
    '](',
    ')',
    '![',
    '>',
    '> ',
    '- ',
    '  - ',
    '1. ',
    '#',
    '# ',
    '|',
    '|-|\n',
    '---\n',
    '<font color="info">',
    '</font>',
    '<@u>',
    '\\',
    '\n',
    '\r\n',
    '\t',
    ' ',
    'word',
    '中文',
    '🙂',
  );
  const source = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 400 }),
    fc.array(marks, { maxLength: 120 }).map((parts) => parts.join('')),
  );
  const dialect = fc.constantFrom('markdown' as const, 'markdown_v2' as const);

  test('never throws, invents no character and stays within its depth', () => {
    fc.assert(
      fc.property(dialect, source, (which, value) => {
        const blocks = parseMarkdown(which, value);
        expect(isSubsequence(letters(plain(blocks)), letters(value))).toBe(true);
        expect(depthOf(blocks)).toBeLessThanOrEqual(2 * MAX_DEPTH + 2);
      }),
      { numRuns: 400 },
    );
  });

  test('text without marks comes out as it went in, line by line', () => {
    const words = fc.array(fc.stringMatching(/^[a-z中文][a-z中文 ]{0,20}$/), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(dialect, words, (which, lines) => {
        expect(plain(parseMarkdown(which, lines.join('\n')))).toBe(
          lines.map((line) => line.trim()).join('\n'),
        );
      }),
    );
  });

  test('long runs of openings are parsed without piling up work', () => {
    for (const run of [
      '[',
      '**a ',
      '`'.repeat(3) + ' ',
      '>',
      '- ',
      '<font color="info">',
      '| ',
      '  ',
      '![',
      '*a',
    ]) {
      const long = run.repeat(Math.ceil(60_000 / run.length));
      expect(plain(v2(long)).length).toBeLessThanOrEqual(MAX_CHARACTERS * 2);
      expect(plain(old(long)).length).toBeLessThanOrEqual(MAX_CHARACTERS * 2);
    }
  });
});

function letters(value: string): string {
  return value.replaceAll(/\s/g, '');
}

function isSubsequence(part: string, whole: string): boolean {
  let at = 0;
  for (const character of whole) if (part.startsWith(character, at)) at += character.length;
  return at === part.length;
}

function depthOf(nodes: readonly (Block | Inline)[]): number {
  let deepest = 0;
  for (const node of nodes) {
    if (node.kind === 'list')
      deepest = Math.max(deepest, ...node.items.map((item) => 1 + depthOf(item)));
    else if ('children' in node) deepest = Math.max(deepest, 1 + depthOf(node.children));
  }
  return deepest;
}
