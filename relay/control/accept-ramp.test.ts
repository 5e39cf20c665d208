import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { createAcceptRamp, spreadOf } from './accept-ramp.ts';

/** Lets `devices` come at once and again whenever they are told; the times at which each got in, milliseconds. */
function arrivals(devices: number): number[] {
  let now = 0;
  const take = createAcceptRamp(() => now);
  const due = Array.from({ length: devices }, () => 0);
  const entered: number[] = [];
  while (due.length > 0) {
    due.sort((a, b) => b - a);
    now = due.pop() ?? 0;
    const wait = take();
    if (wait === 0) entered.push(now);
    else due.push(now + wait);
  }
  return entered;
}

it('lets a few in at once', () => {
  expect(arrivals(20).every((time) => time === 0)).toBe(true);
});

it('lets in 5 a second for half a minute, 20 a second to two minutes, then all', () => {
  const times = arrivals(5_000);
  const between = (from: number, to: number): number =>
    times.filter((time) => time >= from && time < to).length;
  expect(between(1_000, 30_000)).toBeLessThanOrEqual(5 * 29 + 1);
  expect(between(1_000, 30_000)).toBeGreaterThan(100);
  expect(between(30_000, 120_000)).toBeLessThanOrEqual(20 * 90 + 20);
  expect(Math.max(...times)).toBeLessThan(190_000);
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
    0, 0, 20_000, 60_000,
  ]);
});
