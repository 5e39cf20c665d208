import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { md5Hex } from './md5.ts';

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

test.each([
  ['', 'd41d8cd98f00b204e9800998ecf8427e'],
  ['a', '0cc175b9c0f1b6a831c399e269772661'],
  ['abc', '900150983cd24fb0d6963f7d28e17f72'],
  ['message digest', 'f96b697d7cb7938d525a2f31aaf161d0'],
  ['abcdefghijklmnopqrstuvwxyz', 'c3fcd3d76192e4007dfb496cca67e13b'],
  [
    'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
    'd174ab98d277d9f5a5611c2c9f419d9f',
  ],
  [
    '12345678901234567890123456789012345678901234567890123456789012345678901234567890',
    '57edf4a22be3c955ac49da2e2107b67a',
  ],
])('RFC 1321 A.5: %j', (text, digest) => {
  expect(md5Hex(ascii(text))).toBe(digest);
});

test('agrees with node:crypto on any bytes, also across the block and padding borders', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(md5Hex(bytes)).toBe(createHash('md5').update(bytes).digest('hex'));
    }),
  );
  for (const length of [55, 56, 63, 64, 65, 119, 120, 128]) {
    const bytes = new Uint8Array(length).fill(0xa5);
    expect(md5Hex(bytes)).toBe(createHash('md5').update(bytes).digest('hex'));
  }
});

test('reads a view into a larger buffer from its own offset', () => {
  const whole = ascii('xxabcxx');
  expect(md5Hex(whole.subarray(2, 5))).toBe('900150983cd24fb0d6963f7d28e17f72');
});
