import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { backoffDelay, earlyDelay } from './backoff.ts';

it('stays between nothing and a doubling, capped range', () => {
  fc.assert(
    fc.property(
      fc.nat(10_000),
      fc.double({ min: 0, max: 0.999_999, noNaN: true }),
      (attempt, random) => {
        const delay = backoffDelay(attempt, () => random, 500, 30_000);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(Math.min(30_000, 500 * 2 ** Math.min(attempt, 30)));
      },
    ),
  );
});

it('keeps its jitter at the cap, so that an outage lines nobody up', () => {
  const delays = [0.1, 0.5, 0.9].map((random) => backoffDelay(50, () => random, 500, 30_000));
  expect(delays).toEqual([3_000, 15_000, 27_000]);
});

it('looks again every two seconds while an outage is young, and less and less after that', () => {
  const longest = (attempt: number): number => earlyDelay(attempt, () => 1, 2_000, 500, 30_000);
  expect([0, 1, 2, 119, 120, 122, 123].map(longest)).toEqual([
    500, 1_000, 2_000, 2_000, 4_000, 16_000, 30_000,
  ]);
});

it('never waits in a smaller range than the first', () => {
  const most = (attempt: number, base: number): number =>
    earlyDelay(attempt, () => 1, 2_000, base, 30_000);
  expect([0, 1, 119, 120].map((attempt) => most(attempt, 5_000))).toEqual([
    5_000, 5_000, 5_000, 30_000,
  ]);
  expect(most(200, 600_000)).toBe(600_000);
  expect(backoffDelay(3, () => 1, 600_000, 30_000)).toBe(600_000);
});
