import { createSecretKey, type KeyObject } from 'node:crypto';
import { createRandomSource } from '../random.ts';
import { createBlockCipher, type BlockCipher } from './block-cipher.ts';
import { base64Failure, callbackFailure } from './failure.ts';
import { equalInConstantTime } from './signature.ts';

/** WeCom pads to 32 bytes, twice the block of AES: Node's own padding refuses pads of 17 to 32. */
export const paddingBlock = 32;
const randomLength = 16;
const lengthField = 4;
const takeRandom = createRandomSource();

/** A key of AES-256-CBC as OpenSSL holds it: made once, since making it costs three times what a message costs. */
export interface AesKey {
  readonly key: KeyObject;
  /** The first half of the key, as WeCom has it. */
  readonly iv: Buffer;
  /** Of this key and IV. */
  readonly cipher: BlockCipher;
}

/** `bytes` are 32. */
export function importAesKey(bytes: Buffer): AesKey {
  const key = createSecretKey(bytes);
  const iv = Buffer.from(bytes.subarray(0, 16));
  return { key, iv, cipher: createBlockCipher(key, iv) };
}

/**
 * The 32-byte key behind an EncodingAESKey (WeCom D90930). The last of its 43 characters carries only four bits, so four
 * texts name one key: compare keys, never their texts. Throws `AES_KEY_INVALID`.
 */
export function decodeAesKey(encodingAesKey: string): Buffer {
  if (!/^[A-Za-z0-9]{43}$/.test(encodingAesKey)) throw callbackFailure('AES_KEY_INVALID');
  return Buffer.from(`${encodingAesKey}=`, 'base64');
}

// Credentials never change; an operator's change makes new ones.
const keys = new WeakMap<object, AesKey>();

/** The key of credentials, made when they are first used. Throws `AES_KEY_INVALID`. */
export function keyOf(credentials: { readonly encodingAesKey: string }): AesKey {
  const known = keys.get(credentials);
  if (known !== undefined) return known;
  const made = importAesKey(decodeAesKey(credentials.encodingAesKey));
  keys.set(credentials, made);
  return made;
}

/** PKCS#7 for a block of `block` bytes; a full block is added where nothing is missing. */
export function pad(bytes: Buffer, block: number): Buffer {
  const count = block - (bytes.length % block);
  return Buffer.concat([bytes, Buffer.alloc(count, count)]);
}

/**
 * Decrypts AES-256-CBC with the first half of the key as IV, and takes the 32-byte PKCS#7 padding off after checking each
 * byte of it. Throws `DECRYPT_FAILED`.
 */
export function decryptPadded({ cipher }: AesKey, ciphertext: Buffer): Buffer {
  if (ciphertext.length === 0 || ciphertext.length % 16 !== 0) {
    throw callbackFailure('DECRYPT_FAILED');
  }
  return unpad(cipher.decrypt(ciphertext));
}

/** Takes the padding off after checking each byte of it. Throws `DECRYPT_FAILED`. */
export function unpad(padded: Buffer): Buffer {
  const count = padded.at(-1) ?? 0;
  if (count < 1 || count > paddingBlock || count > padded.length) {
    throw callbackFailure('DECRYPT_FAILED');
  }
  const end = padded.length - count;
  if (padded.subarray(end).some((byte) => byte !== count)) throw callbackFailure('DECRYPT_FAILED');
  return padded.subarray(0, end);
}

/**
 * Opens the base64 text of a callback: 16 random bytes, the message's length as a big-endian 32-bit number, the message,
 * the receive id. Returns the message's bytes. The signature must have been checked before.
 * Throws `DECRYPT_FAILED`, `PLAINTEXT_INVALID` (length field), `RECEIVE_ID_MISMATCH`.
 */
export function decryptMessage(key: AesKey, receiveId: string, encrypt: string): Buffer {
  const ciphertext = Buffer.from(encrypt, 'base64');
  // Node skips what is no base64; only the text that these bytes are written as may have been meant.
  if (encrypt === '' || ciphertext.toString('base64') !== encrypt) {
    throw callbackFailure('DECRYPT_FAILED', base64Failure);
  }
  const plain = decryptPadded(key, ciphertext);
  const start = randomLength + lengthField;
  if (plain.length < start) throw callbackFailure('PLAINTEXT_INVALID');
  const end = start + plain.readUInt32BE(randomLength);
  if (end > plain.length) throw callbackFailure('PLAINTEXT_INVALID');
  if (!equalInConstantTime(plain.subarray(end), Buffer.from(receiveId, 'utf8'))) {
    throw callbackFailure('RECEIVE_ID_MISMATCH');
  }
  return plain.subarray(start, end);
}

/**
 * The reverse of {@link decryptMessage}, with padding of the scheme and base64 of the standard alphabet.
 * `random` is for test vectors. Throws `ENCRYPT_FAILED`.
 */
export function encryptMessage(
  { cipher }: AesKey,
  receiveId: string,
  message: Buffer,
  random: Buffer = takeRandom(randomLength),
): string {
  if (random.length !== randomLength) throw callbackFailure('ENCRYPT_FAILED');
  const id = Buffer.from(receiveId, 'utf8');
  const used = randomLength + lengthField + message.length + id.length;
  const padding = paddingBlock - (used % paddingBlock);
  const plain = Buffer.allocUnsafe(used + padding);
  random.copy(plain);
  plain.writeUInt32BE(message.length, randomLength);
  message.copy(plain, randomLength + lengthField);
  id.copy(plain, randomLength + lengthField + message.length);
  plain.fill(padding, used);
  return cipher.encrypt(plain).toString('base64');
}
