import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LogEntry } from '../../../common/domain/log.ts';
import { createLogRing } from './ring.ts';

const entry = (seq: number): LogEntry => ({
  seq,
  time: 0,
  level: 'info',
  module: 'm',
  message: '',
  fields: {},
});

test('the ring answers as a list of the newest lines would', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 0, max: 60 }),
      fc.option(fc.integer({ min: 0, max: 70 }), { nil: undefined }),
      fc.integer({ min: 1, max: 70 }),
      (capacity, count, after, limit) => {
        const ring = createLogRing(capacity);
        const all = Array.from({ length: count }, (_, index) => entry(index + 1));
        for (const each of all) ring.push(each);
        const kept = all.slice(-capacity);
        const expected =
          after === undefined
            ? kept.slice(-limit)
            : kept.filter(({ seq }) => seq > after).slice(0, limit);
        expect(ring.recent({ after, limit })).toEqual(expected);
      },
    ),
  );
});
