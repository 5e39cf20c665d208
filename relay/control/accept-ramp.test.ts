import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { createAcceptRamp, spreadOf } from './accept-ramp.ts';

/** Lets `devices` come at once and again whenever they are told; the times at which each got in, milliseconds. */
function arrivals(devices: number): number[] {
  let now = 0;
  const take = createAcceptRamp(() => now);
  const due = new Map([[0, devices]]);
  const entered: number[] = [];
  while (due.size > 0) {
    now = Math.min(...due.keys());
    const coming = due.get(now) ?? 0;
    due.delete(now);
    for (let n = 0; n < coming; n += 1) {
      const wait = take();
      if (wait === 0) entered.push(now);
      else due.set(now + wait, (due.get(now + wait) ?? 0) + 1);
    }
  }
  return entered;
}

it('lets a few in at once', () => {
  expect(arrivals(20).every((time) => time === 0)).toBe(true);
});

it('lets in 20 a second for ten seconds, then 80, then 100: ten thousand within two minutes', () => {
  const times = arrivals(10_000);
  const between = (from: number, to: number): number =>
    times.filter((time) => time >= from && time < to).length;
  expect(between(1_000, 10_000)).toBeLessThanOrEqual(20 * 9 + 1);
  expect(between(1_000, 10_000)).toBeGreaterThan(150);
  expect(between(10_000, 30_000)).toBeLessThanOrEqual(80 * 20 + 20);
  expect(between(30_000, 120_000)).toBeLessThanOrEqual(100 * 90 + 20);
  expect(Math.max(...times)).toBeLessThan(120_000);
});

it('lets everybody in, however many come', () => {
  expect.hasAssertions();
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 600 }), (devices) => {
      expect(arrivals(devices)).toHaveLength(devices);
    }),
    { numRuns: 20 },
  );
});

it('spreads many over a minute at most, and few not at all', () => {
  expect([spreadOf(1), spreadOf(20), spreadOf(120), spreadOf(10_000)]).toEqual([
    0, 0, 5_000, 60_000,
  ]);
});
