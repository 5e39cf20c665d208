import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { createIdSource, lowestId } from './ids.ts';

const form = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

it('gives ids that sort in the order they were made, whatever the clock does', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 2 ** 41 }), { minLength: 2, maxLength: 50 }), (clock) => {
      const next = createIdSource();
      const ids = clock.map((now) => next(now));
      expect(ids.every((id) => form.test(id))).toBe(true);
      expect(ids.toSorted()).toEqual(ids);
      expect(new Set(ids).size).toBe(ids.length);
    }),
  );
});

it('stays in order past the counter of one millisecond', () => {
  const next = createIdSource();
  const ids = Array.from({ length: 10_000 }, () => next(1_700_000_000_000));
  expect(ids.toSorted()).toEqual(ids);
});

it('bounds a millisecond from below', () => {
  const next = createIdSource();
  expect(lowestId(1_700_000_000_000) <= next(1_700_000_000_000)).toBe(true);
  expect(lowestId(1_700_000_000_001) > next(1_700_000_000_000)).toBe(true);
});
