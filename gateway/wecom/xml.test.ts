import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cdata, decodeEntities } from './xml-text.ts';
import { readXml } from './xml.ts';

const textOf = (inner: string): string | undefined => readXml(`<xml>${inner}</xml>`, 100)?.text;

test.each([
  ['a &lt;b&gt; &amp;amp; &quot;c&quot; &apos;d&apos;', 'a <b> &amp; "c" \'d\''],
  ['&#20320;&#x597d;&#x1F600;', '你好😀'],
  ['&#0;&#x110000;&#xD800;&#12345678;', '&#0;&#x110000;&#xD800;&#12345678;'],
  ['&nbsp;&unknown;&;& &amp', '&nbsp;&unknown;&;& &amp'],
  ['<![CDATA[&lt;a&gt; <b> ]]>', '&lt;a&gt; <b> '],
  ['<![CDATA[a]]]]><![CDATA[>b]]>', 'a]]>b'],
  ['\n  <![CDATA[ x ]]>\n', ' x '],
  ['x &amp; <![CDATA[&amp;]]>', 'x & &amp;'],
  ['  x  ', '  x  '],
  ['\n  ', ''],
  ['12345678901234567890', '12345678901234567890'],
  ['007', '007'],
  ['1e5', '1e5'],
  ['true', 'true'],
])('text %j', (inner, text) => {
  expect(textOf(inner)).toBe(text);
});

test('elements keep their order and their repetition', () => {
  expect(readXml('<xml>\n<a>1</a><b/><a><c>2</c></a></xml>', 100)).toEqual({
    name: 'xml',
    text: '',
    children: [
      { name: 'a', text: '1', children: [] },
      { name: 'b', text: '', children: [] },
      { name: 'a', text: '', children: [{ name: 'c', text: '2', children: [] }] },
    ],
  });
});

test('the bounds hold at their edge', () => {
  const deep = (levels: number): string => '<a>'.repeat(levels) + '</a>'.repeat(levels);
  expect(readXml(deep(16), 1000)).not.toBeNull();
  expect(readXml(deep(20), 1000)).toBeNull();
  expect(readXml('<a><b/><b/></a>', 4)).not.toBeNull();
  expect(readXml('<a><b/><b/></a>', 3)).toBeNull();
});

test('references are decoded once', () => {
  expect(decodeEntities('&amp;lt;')).toBe('&lt;');
});

test('CDATA gives back any text that XML can hold', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom(']]>', ']', '>', '<', '&amp;'),
  );
  fc.assert(
    fc.property(
      fc.array(piece).map((pieces) => pieces.join('')),
      (text) => {
        // XML readers turn carriage returns into line feeds; what else is not kept is not allowed in XML.
        const kept = Array.from(text.toWellFormed().replace(/\r\n?/g, '\n')).filter(
          (character) => character >= ' ' || '\t\n'.includes(character),
        );
        expect(textOf(cdata(text))).toBe(kept.join('').replace(/[\ufffe\uffff]/g, ''));
      },
    ),
    { numRuns: 500 },
  );
});
