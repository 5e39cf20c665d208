import { expect, it } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatCountdown,
  formatDuration,
  formatRelative,
} from './format.ts';

const NOW = Date.UTC(2026, 10, 4, 6);

it.each([
  [0, '0 ms'],
  [0.42, '0.4 ms'],
  [23.4, '23 ms'],
  [340, '340 ms'],
  [999.7, '1 s'],
  [1234, '1.2 s'],
  [17_000, '17 s'],
  [59_980, '1 min'],
  [180_000, '3 min'],
  [3_599_999, '1 h'],
  [7_500_000, '2 h 5 min'],
  [4 * 86_400_000, '4 d'],
])('says %d milliseconds as %s', (ms, words) => {
  expect(formatDuration(ms, 'en')).toBe(words);
});

it.each([
  [340, '340 ms'],
  [1234, '1.2 s'],
  [180_000, '3 分钟'],
  [7_500_000, '2 小时 5 分钟'],
  [4 * 86_400_000, '4 天'],
])('says %d milliseconds as %s in Chinese', (ms, words) => {
  expect(formatDuration(ms, 'zh-CN')).toBe(words);
});

it('says what is left of a wait in the words of the language', () => {
  expect(formatCountdown(17_100, 'en')).toBe('18 s');
  expect(formatCountdown(17_100, 'zh-CN')).toBe('18 秒');
  expect(formatCountdown(240_000, 'zh-CN')).toBe('4 分钟');
  expect(formatCountdown(-5, 'zh-CN')).toBe('0 秒');
});

it.each([
  [0, '0 B'],
  [812, '812 B'],
  [1536, '1.5 KiB'],
  [2 * 1024 * 1024, '2 MiB'],
  [150 * 1024, '150 KiB'],
])('says %d bytes as %s', (bytes, words) => {
  expect(formatBytes(bytes, 'en')).toBe(words);
});

it('shortens counts from a million on, in the words of the language', () => {
  expect(formatCount(18_204, 'en')).toBe('18,204');
  expect(formatCount(1_200_000, 'en')).toBe('1.2M');
  expect(formatCount(1_200_000, 'zh-CN')).toBe('120万');
});

it('says how long ago or how far ahead', () => {
  expect(formatRelative(NOW, NOW, 'en')).toBe('now');
  expect(formatRelative(NOW - 12_000, NOW, 'zh-CN')).toBe('12秒前');
  expect(formatRelative(NOW + 3 * 86_400_000, NOW, 'en')).toBe('in 3 days');
});
