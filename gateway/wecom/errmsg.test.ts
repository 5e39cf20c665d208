import { expect, test } from 'vitest';
import { cleanErrmsg } from './errmsg.ts';

test.each([
  ['ok', 'ok'],
  ['', ''],
  [
    'invalid webhook url, hint: [1700000000_1_abc], from ip: 203.0.113.7, more info at https://open.work.weixin.qq.com/devtool/query?e=93000',
    'invalid webhook url',
  ],
  ['api freq out of limit, hint: [1700000000123456789]', 'api freq out of limit'],
  ['empty content, hint:[x]', 'empty content'],
  [
    'markdown.content exceed max length 4096. invalid Request Parameter, hint: [17_22], from ip: 2001:db8::1, more info at https://open.work.weixin.qq.com/devtool/query?e=40058',
    'markdown.content exceed max length 4096. invalid Request Parameter',
  ],
  ['from ip: 203.0.113.7, not allowed', ', not allowed'],
  ['hint: [cut o', ''],
  ['two\r\nlines\u001b[31m', 'two lines [31m'],
  ['x'.repeat(600), 'x'.repeat(512)],
])('%j', (errmsg, cleaned) => {
  expect(cleanErrmsg(errmsg)).toBe(cleaned);
});

test('cleaning is done in one pass and changes nothing more', () => {
  const once = cleanErrmsg('api freq out of limit, hint: [1], from ip: 203.0.113.7');
  expect(cleanErrmsg(once)).toBe(once);
});
