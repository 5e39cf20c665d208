import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8Length } from '../../../common/text/utf8.ts';
import { splitMarkdown, splitText, type Part } from './split.ts';

const LIMIT = 200;

const anything = fc.string({ unit: 'binary', maxLength: 1500 }).map((text) => text.toWellFormed());
const prose = fc
  .array(
    fc.constantFrom('季度报表。', 'All is well. ', '\n', '\n\n', '👨‍👩‍👧‍👦', 'e\u0301', 'word ', '，'),
    { maxLength: 400 },
  )
  .map((words) => words.join(''));
const markdown = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'Some words here. ',
        '一些文字，',
        '\n',
        '\n\n',
        '# Heading\n',
        '[the report](https://example.com/a/b?c=d) ',
        '`inline code` ',
        '**bold words** ',
        '<font color="warning">late</font> ',
        '<@zhangsan> ',
        '> quote\n',
      ),
      fc
        .array(fc.constantFrom('let a = 1;', '  return;', '数据', ''), { maxLength: 30 })
        .map((lines) => `\n\`\`\`ts\n${lines.map((line) => `${line}\n`).join('')}\`\`\`\n`),
    ),
    { maxLength: 80 },
  )
  .map((pieces) => pieces.join(''));

function expectWhole(text: string, parts: readonly Part[]): void {
  expect(parts.map(({ core }) => core).join('')).toBe(text);
  for (const part of parts) {
    expect(utf8Length(part.text)).toBeLessThanOrEqual(LIMIT);
    expect(part.text.isWellFormed()).toBe(true);
    expect(part.text).toContain(part.core);
  }
  if (parts.length === 1) expect(parts[0]?.text).toBe(text);
  else {
    parts.forEach(({ text: numbered }, index) => {
      expect(numbered.startsWith(`(${index + 1}/${parts.length})\n`)).toBe(true);
    });
  }
}

describe('splitting', () => {
  it('keeps every character of any text, within the limit, and no code point in half', () => {
    const property = fc.property(fc.oneof(anything, prose), (text) => {
      expectWhole(text, splitText(text, LIMIT));
    });
    expect(() => fc.assert(property)).not.toThrow();
  });

  it('keeps every character of any markdown, within the limit', () => {
    const property = fc.property(fc.oneof(anything, markdown), (text) => {
      expectWhole(text, splitMarkdown(text, LIMIT));
    });
    expect(() => fc.assert(property)).not.toThrow();
  });

  it('never cuts a link, a code span, a mention or a tag, and closes every block that it opens', () => {
    fc.assert(
      fc.property(markdown, (text) => {
        for (const { text: part } of splitMarkdown(text, LIMIT)) {
          const prose = part.replaceAll(/```ts\n[\s\S]*?```/g, '');
          expect(part.split('\n').filter((line) => line.startsWith('```')).length % 2).toBe(0);
          expect(prose.split('`').length % 2).toBe(1);
          expect(prose.split('**').length % 2).toBe(1);
          expect(prose.match(/<font/g)?.length).toBe(prose.match(/<\/font>/g)?.length);
          expect(prose.match(/\[the report\]/g)?.length).toBe(
            prose.match(/\[the report\]\(https:\/\/example\.com\/a\/b\?c=d\)/g)?.length,
          );
          expect(prose.replaceAll('<@zhangsan>', '')).not.toMatch(/<@|zhangsan/);
        }
      }),
    );
  });

  it('prefers paragraphs to lines and lines to sentences', () => {
    const paragraph = 'One sentence here. Another one follows. '.repeat(3).trim();
    const parts = splitText(`${paragraph}\n\n${paragraph}`, 200);
    expect(parts.map(({ core }) => core)).toEqual([`${paragraph}\n\n`, paragraph]);
    const sentences = splitText('一句话在这里。'.repeat(12), 120);
    expect(sentences.every(({ core }) => core.endsWith('。'))).toBe(true);
  });

  it('opens a cut block again with its language', () => {
    const code = Array.from({ length: 40 }, (_, n) => `line(${n});\n`).join('');
    const parts = splitMarkdown(`Before\n\`\`\`js\n${code}\`\`\`\nAfter`, LIMIT);
    expect(parts.length).toBeGreaterThan(2);
    expect(parts[1]?.text).toMatch(/^\(2\/\d+\)\n```js\nline\(\d+\);\n[\s\S]*\n```$/);
  });

  it('refuses what would be too many messages', () => {
    expect(() => splitText('x'.repeat(100_000), LIMIT)).toThrow(/MESSAGE_TOO_LONG/);
  });
});
