import { describe, expect, test } from 'vitest';
import { parseMarkdown } from './blocks.ts';
import type { Block, Inline } from './nodes.ts';
import { plain } from './testing.ts';

const text = (value: string): Inline => ({ kind: 'text', text: value });
const old = (value: string): Block[] => parseMarkdown('markdown', value);
const v2 = (value: string): Block[] => parseMarkdown('markdown_v2', value);
const inline = (block: Block | undefined): readonly Inline[] =>
  block?.kind === 'paragraph' || block?.kind === 'heading' ? block.children : [];

describe('markdown', () => {
  test('the sample of the documentation', () => {
    expect(
      old(
        '新增反馈<font color="warning">132例</font>，请注意。\n>类型:<font color="comment">用户反馈</font>\n>数量:`15`',
      ),
    ).toEqual([
      {
        kind: 'paragraph',
        children: [
          text('新增反馈'),
          { kind: 'font', color: 'warning', children: [text('132例')] },
          text('，请注意。'),
        ],
      },
      {
        kind: 'quote',
        children: [
          {
            kind: 'paragraph',
            children: [
              text('类型:'),
              { kind: 'font', color: 'comment', children: [text('用户反馈')] },
              { kind: 'break' },
              text('数量:'),
              { kind: 'code', text: '15' },
            ],
          },
        ],
      },
    ]);
  });

  test('headings of six levels; a seventh is text', () => {
    expect(old('###### deep')).toEqual([{ kind: 'heading', level: 6, children: [text('deep')] }]);
    expect(old('####### none')[0]?.kind).toBe('paragraph');
    expect(inline(old('# closed ##')[0])).toEqual([text('closed')]);
    expect(inline(old('# C#')[0])).toEqual([text('C#')]);
  });

  test('mentions, bold and links, one in the other', () => {
    expect(inline(old('<@zhang.san> **see [the *docs*](https://a.example/x_(1))**')[0])).toEqual([
      { kind: 'mention', userId: 'zhang.san' },
      text(' '),
      {
        kind: 'strong',
        children: [
          text('see '),
          { kind: 'link', address: 'https://a.example/x_(1)', children: [text('the *docs*')] },
        ],
      },
    ]);
  });

  test('lists, tables, italics, images and unknown colours stay as they are written', () => {
    for (const source of [
      '- a',
      '1. a',
      '|a|b|\n|-|-|',
      '*a*',
      '---',
      '<font color="red">x</font>',
      '\\*',
    ]) {
      expect(plain(old(source)).replaceAll('\n', '')).toBe(source.replaceAll('\n', ''));
    }
  });
});

describe('markdown_v2', () => {
  test('italics, bold, both, and escapes', () => {
    expect(inline(v2('*a* **b** ***c*** \\*d\\*')[0])).toEqual([
      { kind: 'emphasis', children: [text('a')] },
      text(' '),
      { kind: 'strong', children: [text('b')] },
      text(' '),
      { kind: 'strong', children: [{ kind: 'emphasis', children: [text('c')] }] },
      text(' *d*'),
    ]);
    expect(inline(v2('*a **b** c*')[0])).toEqual([
      {
        kind: 'emphasis',
        children: [text('a '), { kind: 'strong', children: [text('b')] }, text(' c')],
      },
    ]);
    expect(inline(v2('2 * 3 * 4')[0])).toEqual([text('2 * 3 * 4')]);
  });

  test('neither colours nor mentions', () => {
    expect(inline(v2('<font color="info">x</font> <@u>')[0])).toEqual([
      text('<font color="info">x</font> <@u>'),
    ]);
  });

  test('nested lists', () => {
    expect(v2('- a\n  - b\n    1. c\n- d')).toEqual([
      {
        kind: 'list',
        ordered: false,
        start: 1,
        items: [
          [
            { kind: 'paragraph', children: [text('a')] },
            {
              kind: 'list',
              ordered: false,
              start: 1,
              items: [
                [
                  { kind: 'paragraph', children: [text('b')] },
                  {
                    kind: 'list',
                    ordered: true,
                    start: 1,
                    items: [[{ kind: 'paragraph', children: [text('c')] }]],
                  },
                ],
              ],
            },
          ],
          [{ kind: 'paragraph', children: [text('d')] }],
        ],
      },
    ]);
    expect(v2('3. three\n4. four')[0]).toMatchObject({ kind: 'list', ordered: true, start: 3 });
  });

  test('nested quotes', () => {
    expect(v2('> a\n>> b')).toEqual([
      {
        kind: 'quote',
        children: [
          { kind: 'paragraph', children: [text('a')] },
          { kind: 'quote', children: [{ kind: 'paragraph', children: [text('b')] }] },
        ],
      },
    ]);
  });

  test('code blocks keep their text to the letter', () => {
    expect(v2('```ts\nconst a = `b`;\n\n# no heading\n```\nafter')).toEqual([
      { kind: 'code', language: 'ts', text: 'const a = `b`;\n\n# no heading' },
      { kind: 'paragraph', children: [text('after')] },
    ]);
    expect(v2('````\n```\n````')).toEqual([{ kind: 'code', language: '', text: '```' }]);
    expect(v2('```\nopen')).toEqual([{ kind: 'code', language: '', text: 'open' }]);
  });

  test('tables with alignment, code and escaped bars', () => {
    expect(v2('| a | b |\n|:-:|--:|\n| `x|y` | 1\\|2 |\n| only |')).toEqual([
      {
        kind: 'table',
        align: ['center', 'end'],
        head: [[text('a')], [text('b')]],
        rows: [
          [[{ kind: 'code', text: 'x|y' }], [text('1|2')]],
          [[text('only')], []],
        ],
      },
    ]);
    expect(v2('a | b\nno table')[0]?.kind).toBe('paragraph');
  });

  test('rules and images', () => {
    expect(v2('---\n![alt](https://a.example/p.png)')).toEqual([
      { kind: 'rule' },
      {
        kind: 'paragraph',
        children: [{ kind: 'image', address: 'https://a.example/p.png', alt: 'alt' }],
      },
    ]);
  });
});
