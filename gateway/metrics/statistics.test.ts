import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createLabelCap } from './metrics.ts';
import { createStatistics } from './statistics.ts';

it('counts the last 60 seconds', () => {
  let clock = 1_700_000_000_000;
  const statistics = createStatistics(() => clock);
  for (let second = 0; second < 90; second += 1) {
    statistics.taken();
    statistics.taken();
    clock += 1_000;
  }
  clock -= 1_000;
  expect(statistics.perMinute()).toBe(120);
  clock += 59_000;
  expect(statistics.perMinute()).toBe(2);
  clock += 1_000;
  expect(statistics.perMinute()).toBe(0);
});

it('gives the 99th percentile of recent answers, within 3 %', () => {
  let clock = 0;
  const statistics = createStatistics(() => clock);
  expect(statistics.p99()).toBeNull();
  for (let ms = 1; ms <= 200; ms += 1) statistics.answered(ms);
  expect(Math.abs((statistics.p99() ?? 0) / 198 - 1)).toBeLessThan(0.03);
  clock += 6 * 60_000;
  expect(statistics.p99()).toBeNull();
});

it('holds percentiles against sorting, whatever was answered', () => {
  const durations = fc.array(fc.double({ min: 0.1, max: 60_000, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(durations, (all) => {
      const statistics = createStatistics(() => 0);
      for (const ms of all) statistics.answered(ms);
      const exact = all.toSorted((a, b) => a - b)[Math.ceil(all.length * 0.99) - 1] ?? 0;
      expect(Math.abs((statistics.p99() ?? 0) / exact - 1)).toBeLessThan(0.03);
    }),
  );
});

it('forgets after five minutes and counts again where it had counted before', () => {
  let clock = 0;
  const statistics = createStatistics(() => clock);
  statistics.answered(4_000);
  clock += 4 * 60_000;
  for (let n = 0; n < 10; n += 1) statistics.answered(10);
  expect(statistics.p99()).toBeGreaterThan(3_800);
  clock += 90_000;
  expect(statistics.p99()).toBeLessThan(11);
});

it('caps the values of a label', () => {
  const cap = createLabelCap(2);
  expect(['a', 'b', 'c', 'a'].map(cap)).toEqual(['a', 'b', 'other', 'a']);
});
