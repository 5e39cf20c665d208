import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { imageFormat, pickImage, toBase64 } from './image.ts';

const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3);

test('base64 is that of node for any bytes, also longer than one piece', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
    }),
  );
  const long = Uint8Array.from({ length: 0x6000 * 2 + 1 }, (_, i) => i % 251);
  expect(toBase64(long)).toBe(Buffer.from(long).toString('base64'));
});

test('a picture is known by its first bytes', () => {
  expect(imageFormat(png)).toBe('png');
  expect(imageFormat(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0))).toBe('jpeg');
  expect(imageFormat(new TextEncoder().encode('GIF89a'))).toBeNull();
  expect(imageFormat(Uint8Array.of(0x89, 0x50))).toBeNull();
});

test('a picked picture carries the digest of its raw bytes', () => {
  const picked = pickImage('chart.png', png);
  expect(picked).toEqual({
    name: 'chart.png',
    format: 'png',
    bytes: png.length,
    base64: Buffer.from(png).toString('base64'),
    md5: createHash('md5').update(png).digest('hex'),
  });
});

test('what WeCom would refuse is refused here', () => {
  expect(pickImage('a', new Uint8Array())).toBe('empty');
  expect(pickImage('a', new TextEncoder().encode('not a picture'))).toBe('format');
  const large = new Uint8Array(2 * 1024 * 1024 + 1);
  large.set(png);
  expect(pickImage('a', large)).toBe('size');
  expect(pickImage('a', large.subarray(0, 2 * 1024 * 1024))).toMatchObject({ format: 'png' });
});
