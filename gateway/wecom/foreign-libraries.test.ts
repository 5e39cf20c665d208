import { decryptFile, WecomCrypto } from '@wecom/aibot-node-sdk';
import * as wecomCrypto from '@wecom/crypto';
import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openCallback } from './callback.ts';
import { encryptMessage, keyOf, pad } from './codec.ts';
import { decryptMedia } from './media.ts';
import { signCiphertext } from './signature.ts';

const token = 'QDG6eK';
const encodingAesKey = 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C';
const message = fc.string({ unit: 'grapheme', maxLength: 200 });
const receiveId = fc.constantFrom('', 'ww5823bf96d3bd56c7');

test('what @wecom/crypto encrypts is opened, and the other way round', () => {
  fc.assert(
    fc.property(message, receiveId, (text, id) => {
      const theirs = wecomCrypto.encrypt(encodingAesKey, text, id);
      const signature = wecomCrypto.getSignature(token, '1', 'n', theirs);
      const query = { signature, timestamp: '1', nonce: 'n' };
      const opened = openCallback({ token, encodingAesKey, receiveId: id }, query, theirs);
      expect(opened.toString('utf8')).toBe(text);

      const ours = encryptMessage(keyOf({ encodingAesKey }), id, Buffer.from(text));
      expect(signCiphertext(token, '1', 'n', ours)).toBe(
        wecomCrypto.getSignature(token, '1', 'n', ours),
      );
      expect(wecomCrypto.decrypt(encodingAesKey, ours)).toMatchObject({ message: text, id });
    }),
  );
});

test('what WecomCrypto of the smart bot SDK encrypts is opened, and the other way round', () => {
  fc.assert(
    fc.property(message, receiveId, (text, id) => {
      const library = new WecomCrypto(token, encodingAesKey, id);
      const { encrypt, signature } = library.encrypt(text, '1', 'n');
      const query = { signature, timestamp: '1', nonce: 'n' };
      const opened = openCallback({ token, encodingAesKey, receiveId: id }, query, encrypt);
      expect(opened.toString('utf8')).toBe(text);

      const ours = encryptMessage(keyOf({ encodingAesKey }), id, Buffer.from(text));
      expect(library.verifySignature(signCiphertext(token, '1', 'n', ours), '1', 'n', ours)).toBe(
        true,
      );
      expect(library.decrypt(ours)).toBe(text);
    }),
  );
});

test('files are decrypted as by the smart bot SDK', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      (file, keyBytes) => {
        const key = Buffer.from(keyBytes);
        const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(
          false,
        );
        const sealed = Buffer.concat([cipher.update(pad(Buffer.from(file), 32)), cipher.final()]);
        const plain = decryptMedia(sealed, key.toString('base64'));
        expect(plain).toEqual(Buffer.from(file));
        expect(plain).toEqual(decryptFile(sealed, key.toString('base64')));
      },
    ),
  );
});
