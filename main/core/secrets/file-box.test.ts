import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tempDir } from '../testing/temp-dir.ts';
import { createFileSecretBox } from './file-box.ts';

test('what is sealed opens again, also after a restart, and never twice alike', async () => {
  const file = join(tempDir(), 'deep', 'secret.key');
  const box = await createFileSecretBox(file);
  const again = await createFileSecretBox(file);
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (plaintext) => {
      const sealed = await box.seal(plaintext);
      expect(await again.open(sealed)).toEqual({ plaintext, reseal: false });
      expect(Buffer.from(await box.seal(plaintext)).equals(Buffer.from(sealed))).toBe(false);
    }),
    { numRuns: 50 },
  );
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(file).size).toBe(32);
});

test('every flipped bit and every cut is noticed', async () => {
  const box = await createFileSecretBox(join(tempDir(), 'secret.key'));
  const sealed = Buffer.from(await box.seal('sesame'));
  for (let index = 0; index < sealed.length; index++) {
    const forged = Buffer.from(sealed);
    forged[index] = (forged[index] ?? 0) ^ 1;
    await expect(box.open(forged)).rejects.toMatchObject({ code: 'SECRET_UNREADABLE' });
    await expect(box.open(sealed.subarray(0, index))).rejects.toMatchObject({
      code: 'SECRET_UNREADABLE',
    });
  }
});

test.each([0o640, 0o604, 0o620])('a key file of mode %o is refused', async (mode) => {
  const file = join(tempDir(), 'secret.key');
  await createFileSecretBox(file);
  chmodSync(file, mode);
  await expect(createFileSecretBox(file)).rejects.toMatchObject({
    code: 'SECRET_STORE_UNAVAILABLE',
    params: { file, reason: 'mode' },
  });
});

test('a key file of the wrong length is refused and kept', async () => {
  const file = join(tempDir(), 'secret.key');
  writeFileSync(file, 'short', { mode: 0o600 });
  await expect(createFileSecretBox(file)).rejects.toMatchObject({
    params: { reason: 'malformed' },
  });
  expect(statSync(file).size).toBe(5);
});

test('two that make the key at once end with the same one', async () => {
  const file = join(tempDir(), 'secret.key');
  const [one, two] = await Promise.all([createFileSecretBox(file), createFileSecretBox(file)]);
  expect((await two.open(await one.seal('x'))).plaintext).toBe('x');
});
