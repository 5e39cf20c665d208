import fc from 'fast-check';
import { expect, test } from 'vitest';
import { measure } from './measure.ts';

test('all JSON is acceptable, and its size is never taken for less than a quarter', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      expect(measure(value, 1_000_000)).toBe('ok');
      const bytes = Buffer.byteLength(JSON.stringify(value));
      expect(measure(value, bytes > 100 ? bytes / 10 : -1)).toBe('too-large');
    }),
  );
});

test('what JSON cannot hold is refused, whatever structured clone brings', () => {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  const values = [
    1n,
    NaN,
    Infinity,
    new Map(),
    new Date(),
    /x/,
    new Uint8Array(1),
    cycle,
    Symbol('s'),
    () => 1,
  ];
  for (const value of values) {
    expect(measure(value, 1_000)).toBe('not-json');
    expect(measure({ deep: [value] }, 1_000)).toBe('not-json');
  }
});

test('a value that only grows in breadth stops at the limit', () => {
  expect(measure('x'.repeat(1_001), 1_000)).toBe('too-large');
  expect(measure('界'.repeat(400), 1_000)).toBe('too-large');
  expect(
    measure(
      Array.from({ length: 1_000 }, () => []),
      1_000,
    ),
  ).toBe('too-large');
  expect(measure({ ['k'.repeat(2_000)]: 1 }, 1_000)).toBe('too-large');
});
