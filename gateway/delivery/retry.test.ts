import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { retryDelay } from './retry.ts';

it('doubles from a second to five minutes', () => {
  const longest = [1, 2, 3, 4, 9, 10, 1000].map((attempts) => retryDelay(attempts, () => 1));
  expect(longest).toEqual([1_000, 2_000, 4_000, 8_000, 256_000, 300_000, 300_000]);
});

it('draws from the upper half', () => {
  fc.assert(
    fc.property(fc.nat({ max: 100 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, random) => {
      const longest = retryDelay(n, () => 1);
      const delay = retryDelay(n, () => random);
      expect(delay).toBeGreaterThanOrEqual(longest / 2);
      expect(delay).toBeLessThanOrEqual(longest);
    }),
  );
});
