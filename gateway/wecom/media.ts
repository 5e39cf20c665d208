import { createDecipheriv } from 'node:crypto';
import { Transform } from 'node:stream';
import { decryptPadded, importAesKey, paddingBlock, unpad, type AesKey } from './codec.ts';
import { callbackFailure } from './failure.ts';

/**
 * Decrypts a file that a smart bot was sent (WeCom D100719, D101463): AES-256-CBC over the whole file, IV = first half of
 * the key, PKCS#7 for 32 bytes. `aesKey` is the file's own key (URL-encoded or without `=` as it is sometimes sent) or, in
 * URL mode, the callback's EncodingAESKey. Throws `AES_KEY_INVALID`, `DECRYPT_FAILED`.
 */
export function decryptMedia(ciphertext: Buffer, aesKey: string): Buffer {
  return decryptPadded(decodeMediaKey(aesKey), ciphertext);
}

/**
 * The same, of a file as it arrives: the padding is held back until the end. Fails with `DECRYPT_FAILED` where it is wrong or
 * the file is no whole number of blocks.
 */
export function mediaDecipher(aesKey: string): Transform {
  const { key, iv } = decodeMediaKey(aesKey);
  const decipher = createDecipheriv('aes-256-cbc', key, iv).setAutoPadding(false);
  let tail: Buffer = Buffer.alloc(0);
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      const plain = Buffer.concat([tail, decipher.update(chunk)]);
      const whole = Math.max(0, plain.length - paddingBlock);
      tail = plain.subarray(whole);
      done(null, plain.subarray(0, whole));
    },
    flush(done) {
      try {
        if (size === 0 || size % 16 !== 0) throw callbackFailure('DECRYPT_FAILED');
        done(null, unpad(Buffer.concat([tail, decipher.final()])));
      } catch (error) {
        done(error instanceof Error ? error : callbackFailure('DECRYPT_FAILED'));
      }
    },
  });
}

function decodeMediaKey(aesKey: string): AesKey {
  const text = aesKey.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  if (!/^[A-Za-z0-9+/]{43}=?$/.test(text)) throw callbackFailure('AES_KEY_INVALID');
  return importAesKey(Buffer.from(text, 'base64'));
}
