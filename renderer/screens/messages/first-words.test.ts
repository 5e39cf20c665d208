import fc from 'fast-check';
import { expect, test } from 'vitest';
import { firstWords } from './first-words.ts';

test.each([
  [{ type: 'text', content: { content: ' hello\n there ' } }, 'hello there'],
  [
    {
      type: 'mixed',
      content: { msgItem: [{ msgtype: 'image', image: {} }, { text: { content: 'x' } }] },
    },
    'x',
  ],
  [{ type: 'link', content: { title: 'A page', url: 'https://a.example' } }, 'A page'],
  [{ type: 'event', event: 'click', content: { eventKey: 'MENU_1' } }, 'MENU_1'],
  [{ type: 'image', content: { picUrl: 'https://a.example', mediaId: 'm' } }, null],
  [{ msgtype: 'text', text: { content: 'out' } }, 'out'],
  [{ msgtype: 'markdown_v2', markdown_v2: { content: '# T' } }, '# T'],
  [
    { msgtype: 'news', news: { articles: [{ title: 'First', url: 'https://a.example' }] } },
    'First',
  ],
  [
    {
      msgtype: 'template_card',
      template_card: { card_type: 'text_notice', main_title: { title: 'T' } },
    },
    'T',
  ],
  [{ msgtype: 'image', image: { base64: 'AAAA', md5: 'x' } }, null],
  [null, null],
  ['text', null],
])('%j begins with %j', (message, words) => {
  expect(firstWords({ message })).toBe(words);
});

test('any value is taken, and the answer is one short line', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (content) => {
      const words = firstWords({ message: { content: { content } } });
      expect(words === null || (Array.from(words).length <= 81 && !words.includes('\n'))).toBe(
        true,
      );
    }),
  );
});
