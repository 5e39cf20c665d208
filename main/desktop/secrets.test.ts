import { afterEach, expect, it } from 'vitest';
import { safeStorage } from '../../tests/fakes/electron.ts';
import { createSafeStorageBox } from './secrets.ts';

afterEach(() => {
  Object.assign(safeStorage, { available: true, backend: 'gnome_libsecret', rotated: false });
});

it('seals and opens, and asks for a new seal after the key was rotated', async () => {
  const box = createSafeStorageBox('linux');
  const sealed = await box.seal('secret 密');
  expect(Buffer.from(sealed).toString()).not.toContain('secret');
  expect(await box.open(sealed)).toEqual({ plaintext: 'secret 密', reseal: false });
  safeStorage.rotated = true;
  expect(await box.open(sealed)).toEqual({ plaintext: 'secret 密', reseal: true });
});

it('refuses to store where nothing protects', async () => {
  safeStorage.backend = 'basic_text';
  await expect(createSafeStorageBox('linux').seal('x')).rejects.toMatchObject({
    code: 'SECRET_STORE_UNAVAILABLE',
  });
  await expect(createSafeStorageBox('win32').seal('x')).resolves.toBeInstanceOf(Buffer);
  safeStorage.available = false;
  await expect(createSafeStorageBox('win32').seal('x')).rejects.toMatchObject({
    code: 'SECRET_STORE_UNAVAILABLE',
  });
});

it('says so when a secret does not open', async () => {
  await expect(createSafeStorageBox('linux').open(Buffer.from('foreign'))).rejects.toMatchObject({
    code: 'SECRET_UNREADABLE',
  });
});
