import { decryptPadded } from './codec.ts';
import { callbackFailure } from './failure.ts';

/**
 * Decrypts a file that a smart bot was sent (WeCom D100719, D101463): AES-256-CBC over the whole file, IV = first half of
 * the key, PKCS#7 for 32 bytes. `aesKey` is the file's own key (URL-encoded or without `=` as it is sometimes sent) or, in
 * URL mode, the callback's EncodingAESKey. Throws `AES_KEY_INVALID`, `DECRYPT_FAILED`.
 */
export function decryptMedia(ciphertext: Buffer, aesKey: string): Buffer {
  return decryptPadded(decodeMediaKey(aesKey), ciphertext);
}

function decodeMediaKey(aesKey: string): Buffer {
  const text = aesKey.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  if (!/^[A-Za-z0-9+/]{43}=?$/.test(text)) throw callbackFailure('AES_KEY_INVALID');
  return Buffer.from(text, 'base64');
}
