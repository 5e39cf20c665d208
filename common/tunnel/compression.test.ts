import { describe, expect, it } from 'vitest';
import { declaredLength, isWorthCoding, MIN_CODED_LENGTH } from './compression.ts';

describe('what is worth coding', () => {
  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/problem+json',
    'application/x-www-form-urlencoded',
    'TEXT/XML',
    'text/plain',
    'image/svg+xml',
  ])('is of a type that shrinks: %s', (type) => {
    expect(isWorthCoding({ 'content-type': type })).toBe(true);
  });

  it.each(['image/png', 'application/zip', 'application/octet-stream', 'text/event-stream', ''])(
    'is not of another: %s',
    (type) => {
      expect(isWorthCoding({ 'content-type': type })).toBe(false);
    },
  );

  it('is long enough, where its length is known', () => {
    const of = (length: string | number): boolean =>
      isWorthCoding({ 'content-type': 'text/plain', 'content-length': length });
    expect(of(String(MIN_CODED_LENGTH))).toBe(true);
    expect(of(MIN_CODED_LENGTH - 1)).toBe(false);
    expect(of('0')).toBe(false);
  });

  it('has no coding yet and may be transformed', () => {
    const type = { 'content-type': 'text/plain' };
    expect(isWorthCoding({ ...type, 'content-encoding': 'identity' })).toBe(true);
    expect(isWorthCoding({ ...type, 'content-encoding': 'br' })).toBe(false);
    expect(isWorthCoding({ ...type, 'cache-control': 'private, No-Transform' })).toBe(false);
    expect(isWorthCoding({})).toBe(false);
  });
});

it('reads the length that a body had before', () => {
  expect(declaredLength(undefined)).toBe(null);
  expect(declaredLength('0')).toBe(0);
  expect(declaredLength('134217728')).toBe(134_217_728);
  for (const wrong of ['', '-1', '1e3', '0x10', ' 1', '1'.repeat(16), ['1', '2']]) {
    expect(declaredLength(wrong)).toBe(Number.NaN);
  }
});
