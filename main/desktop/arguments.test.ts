import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { linkedPage, readArguments } from './arguments.ts';

it('reads our switches among those of Chromium', () => {
  expect(
    readArguments([
      '.',
      '--hidden',
      '--practice',
      '--data-dir',
      '/d',
      '--enable-features=X',
      'causeway://open?page=send',
    ]),
  ).toEqual({
    hidden: true,
    practice: true,
    dataDir: '/d',
    page: 'send',
  });
  expect(readArguments([])).toEqual({ hidden: false, practice: false, dataDir: null, page: null });
});

it.each([
  ['causeway://open?page=logs', 'logs'],
  ['causeway://open?page=tunnel', 'tunnel'],
  ['causeway://open?page=routes', 'routes'],
  ['causeway://open?page=services', 'services'],
  ['causeway://open?page=quit', null],
  ['causeway://join?page=logs', null],
  ['causeway://open', null],
  ['https://open?page=logs', null],
  ['causeway:', null],
])('%s → %s', (link, page) => {
  expect(linkedPage(link)).toBe(page);
});

it('a link names a known page or nothing', () => {
  fc.assert(
    fc.property(fc.string(), (tail) => {
      const page = linkedPage(`causeway://open?page=${tail}`);
      expect(page === null || /^[a-z]+$/.test(page)).toBe(true);
    }),
  );
});
