import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_JSON_LINES, jsonLines, parentPath, type JsonLine } from './json-lines.ts';

const written = (lines: readonly JsonLine[]): string =>
  lines
    .map(({ depth, name, token, comma }) => {
      const label = name === null ? '' : `${JSON.stringify(name)}: `;
      const value = 'text' in token ? token.text : token.bracket;
      return `${'  '.repeat(depth)}${label}${value}${comma ? ',' : ''}`;
    })
    .join('\n');

test('unfolded, the lines are those of JSON.stringify', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      expect(written(jsonLines(value, new Set()))).toBe(JSON.stringify(value, null, 2));
    }),
  );
});

test('a folded branch is one line with its size, and keeps its comma', () => {
  const value = { a: { b: [1, 2, 3] }, 'x/y~z': [true] };
  const lines = jsonLines(value, new Set(['/a/b', '/x~1y~0z']));
  expect(lines.map(({ path, token, comma }) => [path, token.kind, comma])).toEqual([
    ['', 'open', false],
    ['/a', 'open', false],
    ['/a/b', 'open', false],
    ['/a', 'close', true],
    ['/x~1y~0z', 'open', false],
    ['', 'close', false],
  ]);
  expect(lines[2]?.token).toEqual({ kind: 'open', bracket: '[', folded: true, size: 3 });
  expect(jsonLines({ a: [1], b: 2 }, new Set(['/a']))[1]?.comma).toBe(true);
});

test('a huge value and a deep one stay bounded', () => {
  expect(
    jsonLines(
      Array.from({ length: 100_000 }, (_, i) => i),
      new Set(),
    ).length,
  ).toBeLessThanOrEqual(MAX_JSON_LINES + 1);
  let deep: unknown = 1;
  for (let i = 0; i < 1_000; i += 1) deep = [deep];
  expect(jsonLines(deep, new Set()).length).toBeLessThan(200);
});

test('parents', () => {
  expect(parentPath('/a/b')).toBe('/a');
  expect(parentPath('/a')).toBe('');
  expect(parentPath('')).toBeNull();
});
