import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';

const BLOCK = 16;

/** AES-256-CBC over whole blocks of 16 bytes; padding is the caller's. Each call is a message of its own, which begins at the IV. */
export interface BlockCipher {
  /** Changes the first block of `plain`. */
  encrypt(plain: Buffer): Buffer;
  decrypt(ciphertext: Buffer): Buffer;
}

/**
 * One cipher is kept for all messages of a key: making one takes twice as long as what it does for a message. CBC carries the last
 * block of ciphertext on (NIST SP 800-38A §6.2), here into the next message, where the IV has to stand: the two are exchanged in
 * that message's first block.
 */
export function createBlockCipher(key: KeyObject, iv: Buffer): BlockCipher {
  // Without padding of their own they keep nothing back.
  const cipher = createCipheriv('aes-256-cbc', key, iv).setAutoPadding(false);
  const decipher = createDecipheriv('aes-256-cbc', key, iv).setAutoPadding(false);
  const encrypted = Buffer.from(iv);
  const decrypted = Buffer.from(iv);

  function exchange(block: Buffer, carried: Buffer): void {
    for (let at = 0; at < BLOCK; at += 1) {
      block[at] = (block[at] as number) ^ (carried[at] as number) ^ (iv[at] as number);
    }
  }

  return {
    encrypt(plain) {
      exchange(plain, encrypted);
      const ciphertext = cipher.update(plain);
      ciphertext.copy(encrypted, 0, ciphertext.length - BLOCK);
      return ciphertext;
    },
    decrypt(ciphertext) {
      const plain = decipher.update(ciphertext);
      exchange(plain, decrypted);
      ciphertext.copy(decrypted, 0, ciphertext.length - BLOCK);
      return plain;
    },
  };
}
