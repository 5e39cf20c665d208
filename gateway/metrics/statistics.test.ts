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

it('gives the 99th percentile of recent answers', () => {
  let clock = 0;
  const statistics = createStatistics(() => clock);
  expect(statistics.p99()).toBeNull();
  for (let ms = 1; ms <= 200; ms += 1) statistics.answered(ms);
  expect(statistics.p99()).toBe(198);
  clock += 6 * 60_000;
  expect(statistics.p99()).toBeNull();
});

it('caps the values of a label', () => {
  const cap = createLabelCap(2);
  expect(['a', 'b', 'c', 'a'].map(cap)).toEqual(['a', 'b', 'other', 'a']);
});
