import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../common/errors/app-error.ts';
import { writeWhole } from '../ca/authority.ts';

/** The admin key's file in a data directory. */
export function adminKeyFile(dataDir: string): string {
  return join(dataDir, 'admin.key');
}

/** Reads the admin key, or makes it (256 random bits, file 0600). Throws `CONFIG_INVALID` for a file without a key. */
export async function openAdminKey(dataDir: string): Promise<string> {
  const file = adminKeyFile(dataDir);
  try {
    return checkKey(await readFile(file, 'utf8'), file);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
  }
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const key = randomBytes(32).toString('base64url');
  await writeWhole(file, `${key}\n`, 0o600);
  return key;
}

function checkKey(text: string, file: string): string {
  const key = text.trim();
  if (!/^[A-Za-z0-9_-]{32,}$/.test(key)) {
    throw new AppError('CONFIG_INVALID', { file, reason: 'no key' });
  }
  return key;
}

/** Whether an `Authorization` field carries the key; takes the same time whatever is wrong with it. */
export function checkBearer(key: string): (authorization: string | undefined) => boolean {
  const expected = hash(key);
  return (authorization) => {
    const given = /^Bearer ([^\s]+)$/i.exec(authorization ?? '')?.[1] ?? '';
    return timingSafeEqual(hash(given), expected);
  };
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
