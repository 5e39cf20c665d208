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

  it('keeps mentions, anchors and addresses of a plain text whole', () => {
    const pieces = fc.constantFrom(
      '一些文字，',
      'Some words ',
      '<@zhangsan>',
      '<a href="https://example.com/a b">单据</a>',
      'https://example.com/orders/4711?from=wecom&n=1 ',
      '订单https://example.com/o/4711，请查收。',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 80 }), (words) => {
        const text = words.join('');
        const parts = splitText(text, LIMIT);
        expectWhole(text, parts);
        const plain = parts
          .map(({ core }) => core)
          .join('\u0000')
          .replaceAll('<@zhangsan>', '')
          .replaceAll('<a href="https://example.com/a b">单据</a>', '')
          .replaceAll('https://example.com/orders/4711?from=wecom&n=1', '')
          .replaceAll('https://example.com/o/4711', '');
        expect(plain).not.toMatch(/[<>@:/]|href|example|wecom/);
      }),
    );
  });

  it('cuts a table between its rows and repeats its head', () => {
    const head = '| 单号 | 状态 |\n| :--- | ---: |\n';
    const rows = Array.from({ length: 30 }, (_, n) => `| ${n} | [ok](https://e.cn/${n}) |\n`);
    const text = `Before it\n\n${head}${rows.join('')}\nAfter it`;
    const parts = splitMarkdown(text, LIMIT);
    expectWhole(text, parts);
    for (const { text: part } of parts.slice(1, -1)) {
      expect(part).toMatch(
        /^\(\d+\/\d+\)\n\| 单号 \| 状态 \|\n\| :--- \| ---: \|\n(?:\| \d+ \| \[ok\]\(\S+\) \|\n)+$/,
      );
    }
    expect(parts.at(-1)?.text).toContain('After it');
    expect(parts.at(0)?.text).toMatch(/\| 0 \|/);
  });

  it('keeps every character of any tables, and leaves no head without a row', () => {
    const cells = fc.array(fc.constantFrom('数据', 'cell text', '`a|b`', ''), {
      minLength: 2,
      maxLength: 3,
    });
    const table = fc.array(cells, { maxLength: 20 }).map((rows) => {
      const lines = rows.map((row) => `| ${row.join(' | ')} |\n`);
      return `\n| a | b |\n|---|---|\n${lines.join('')}\n`;
    });
    const words = fc.constantFrom('Some words here. ', '一些文字，', '\n\n', 'a | b\n');
    const pieces = fc.array(fc.oneof(words, table), { maxLength: 20 });
    fc.assert(
      fc.property(pieces, (all) => {
        const text = all.join('');
        const parts = splitMarkdown(text, LIMIT);
        expectWhole(text, parts);
        for (const { text: part } of parts.slice(0, -1)) {
          expect(part).not.toMatch(/\|---\|---\|\n?$(?![\s\S])/);
        }
      }),
    );
  });

  it.each([
    `a | b\n|-${' '.repeat(300_000)}x`,
    `a | b\n|${'-|'.repeat(150_000)}x`,
    '<a '.repeat(100_000),
    '[a]('.repeat(100_000),
  ])('is done with what was made to take long', (text) => {
    expect(() => splitMarkdown(text, LIMIT)).toThrow(/MESSAGE_TOO_LONG/);
    expect(() => splitText(text, LIMIT)).toThrow(/MESSAGE_TOO_LONG/);
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
