import { expect, test } from 'vitest';
import { chooseLocale, createTranslate } from './translate.ts';

const en = createTranslate('en');
const zh = createTranslate('zh-CN');

test('counts are grouped, numbers that name something are not', () => {
  expect(en('errors.MESSAGE_TOO_LONG.what', { used: 5000, limit: 4096 })).toContain('5,000 bytes');
  expect(en('errors.PORT_IN_USE.what', { port: 34765 })).toContain('34765');
  expect(zh('wecom.other', { errcode: 846604 })).toContain('846604');
});

test('a place without a value stays as it is', () => {
  expect(en('wecom.other')).toContain('{errcode}');
});

test.each([
  [['zh-HK', 'en'], 'zh-CN'],
  [['de-DE', 'en-GB'], 'en'],
  [[], 'en'],
] as const)('%j gives %s', (wanted, locale) => {
  expect(chooseLocale(wanted)).toBe(locale);
});
