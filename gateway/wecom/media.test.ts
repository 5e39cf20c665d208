import { describe, expect, test } from 'vitest';
import { decryptMedia } from './media.ts';
import { failureOf } from './testdata/failure.ts';
import { mediaVectors } from './testdata/vectors.ts';

describe.each(mediaVectors)('$id', (vector) => {
  const ciphertext = Buffer.from(vector.cipherBase64, 'base64');

  test.each([vector.aeskey, vector.aeskeyNoPadding, encodeURIComponent(vector.aeskey)])(
    'opens with key %s',
    (key) => {
      expect(decryptMedia(ciphertext, key).toString('base64')).toBe(vector.plainBase64);
    },
  );

  test('a part of it is DECRYPT_FAILED', () => {
    for (const end of [0, 1, 15, 16, 31, 48]) {
      expect(failureOf(() => decryptMedia(ciphertext.subarray(0, end), vector.aeskey)).code).toBe(
        'DECRYPT_FAILED',
      );
    }
  });

  test('another key is no key', () => {
    for (const key of ['', 'x', `${vector.aeskey}=`, vector.aeskey.slice(1), '%00'.repeat(43)]) {
      expect(failureOf(() => decryptMedia(ciphertext, key)).code).toBe('AES_KEY_INVALID');
    }
  });
});
