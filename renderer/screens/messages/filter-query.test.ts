import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readFilter, writeFilter } from './filter-query.ts';

test('an address keeps a filter', () => {
  const filter = { bot: 'orders', direction: 'in', outcome: 'failed', search: '7345' } as const;
  expect(readFilter(writeFilter(filter))).toEqual(filter);
  expect(readFilter(writeFilter({}))).toEqual({});
});

test('what makes no sense is left out, the rest stays', () => {
  expect(readFilter({ bot: '', direction: 'sideways', outcome: 'failed', page: '2' })).toEqual({
    outcome: 'failed',
  });
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string()), (query) => {
      expect(readFilter(writeFilter(readFilter(query)))).toEqual(readFilter(query));
    }),
  );
});
