import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readJsonObject } from './json.ts';

test.each([
  ['{"id":4561255354251345929}', { id: '4561255354251345929' }],
  ['{"id":-4561255354251345929}', { id: '-4561255354251345929' }],
  ['{"id":9007199254740991}', { id: 9_007_199_254_740_991 }],
  ['{"id":9007199254740993}', { id: '9007199254740993' }],
  [
    '{"a":[18446744073709551615,{"b":18446744073709551615}]}',
    { a: ['18446744073709551615', { b: '18446744073709551615' }] },
  ],
  [
    '{"text":"4561255354251345929 \\"18446744073709551615"}',
    { text: '4561255354251345929 "18446744073709551615' },
  ],
  ['{"4561255354251345929":1}', { '4561255354251345929': 1 }],
  [
    '{"a":1234567890123456.5,"b":1e20,"c":0.1234567890123456}',
    { a: 1234567890123456.5, b: 1e20, c: 0.1234567890123456 },
  ],
  ['\uFEFF{"a":1}', { a: 1 }],
])('%j', (text, value) => {
  expect(readJsonObject(text)).toEqual(value);
});

test.each(['', '[]', '1', 'null', '"a"', '{', '{a:1}', "{'a':1}", '{"a":4561255354251345929'])(
  '%j is no JSON object',
  (text) => {
    expect(readJsonObject(text)).toBeNull();
  },
);

test('all else is read as by JSON.parse', () => {
  const values = [
    fc.string({ unit: 'binary' }),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(null),
  ];
  fc.assert(
    fc.property(fc.object({ values }), (value) => {
      const text = JSON.stringify({ digits: '1234567890123456', value });
      expect(readJsonObject(text)).toEqual(JSON.parse(text));
    }),
  );
});
