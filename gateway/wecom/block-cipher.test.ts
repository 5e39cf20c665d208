import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createBlockCipher } from './block-cipher.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const message = fc
  .integer({ min: 1, max: 40 })
  .chain((blocks) => bytes(blocks * 16))
  .map((plain) => Buffer.from(plain));

it('treats each message as a cipher of its own does, in any order of the two ways', () => {
  const run = fc.array(fc.tuple(fc.boolean(), message), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(bytes(32), bytes(16), run, (secret, start, messages) => {
      const key = createSecretKey(secret);
      const iv = Buffer.from(start);
      const kept = createBlockCipher(key, iv);
      for (const [encrypts, input] of messages) {
        const make = encrypts ? createCipheriv : createDecipheriv;
        const own = make('aes-256-cbc', key, iv).setAutoPadding(false);
        const expected = Buffer.concat([own.update(input), own.final()]);
        const copy = Buffer.from(input);
        expect(encrypts ? kept.encrypt(copy) : kept.decrypt(copy)).toEqual(expected);
      }
    }),
  );
});
