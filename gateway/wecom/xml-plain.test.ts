import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readPlainXml } from './xml-plain.ts';
import { readAnyXml, readXml } from './xml.ts';

const name = fc.oneof(
  fc.constantFrom(
    'xml',
    'ToUserName',
    'item',
    'a-b',
    'toString',
    'constructor',
    'Location_X',
    'b.c',
  ),
  fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_-]{0,6}$/),
);
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    '',
    ' ',
    '\n  ',
    '&amp;',
    '&#20320;',
    '&lt;b&gt;',
    '&x;',
    '>',
    ']]>',
    '\r\n',
    '\u00a0',
  ),
);
const content = fc.oneof(
  text.map((raw) => raw.replaceAll('<', '&lt;')),
  text.map((raw) => `<![CDATA[${raw.replaceAll(']]>', '')}]]>`),
);
const { element } = fc.letrec<{ element: string; inner: string }>((tie) => ({
  element: fc.tuple(name, tie('inner')).map(([tag, inner]) => `<${tag}>${inner}</${tag}>`),
  inner: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.array(content, { maxLength: 3 }).map((parts) => parts.join('')),
    fc.array(fc.oneof(tie('element'), content), { maxLength: 5 }).map((parts) => parts.join('')),
  ),
}));

test('whatever it reads, the general parser reads alike', () => {
  let plain = 0;
  fc.assert(
    fc.property(element, (document) => {
      const read = readPlainXml(document, 15);
      if (read === null) return;
      plain += 1;
      expect(read).toEqual(readAnyXml(document));
    }),
    { numRuns: 2_000 },
  );
  expect(plain).toBeGreaterThan(200);
});

test('what it reads of a damaged document, the general parser reads alike', () => {
  let plain = 0;
  const damaged = fc
    .tuple(
      element,
      fc.nat(),
      fc.constantFrom(
        '<',
        '>',
        '/',
        '<a>',
        '</a>',
        '<![CDATA[',
        ']]>',
        '<!--',
        '<?x?>',
        '&',
        '"',
        '',
      ),
    )
    .map(([document, at, damage]) => {
      const place = at % (document.length + 1);
      return document.slice(0, place) + damage + document.slice(place + 1);
    });
  fc.assert(
    fc.property(damaged, (document) => {
      const read = readPlainXml(document, 15);
      if (read === null) return;
      plain += 1;
      expect(read).toEqual(readAnyXml(document));
    }),
    { numRuns: 3_000 },
  );
  expect(plain).toBeGreaterThan(200);
});

test('it leaves to the general parser what WeCom does not send', () => {
  for (const document of [
    '<a b="c">x</a>',
    '<a><!-- x --></a>',
    '<a><b/></a>',
    '<a>x\r\ny</a>',
    '<a>x</b>',
    'x',
  ]) {
    expect(readPlainXml(document, 15)).toBeNull();
  }
  expect(readXml('<a b="c">x</a>', 10)?.text).toBe('x');
});
