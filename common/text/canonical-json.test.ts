import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, type Json } from './canonical-json.ts';

test('the order of members does not matter, and nothing is lost', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value as Json);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(reversed(value as Json))).toBe(text);
    }),
  );
});

test('the example of RFC 8785 §3.2.3, in part', () => {
  const value = { '€': 'Euro', '\r': 'CR', '1': 'One', ö: 'o', b: [1e21, 0.000_001, -0] };
  expect(canonicalJson(value)).toBe(
    '{"\\r":"CR","1":"One","b":[1e+21,0.000001,0],"ö":"o","€":"Euro"}',
  );
});

test.each([NaN, Infinity])('%d is refused', (value) => {
  expect(() => canonicalJson({ a: [value] })).toThrow(RangeError);
});

function reversed(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((one: Json) => reversed(one));
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, member]) => [name, reversed(member)]),
  );
}
