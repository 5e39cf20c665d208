import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import acme from 'acme-client';
import { AppError } from '../../common/errors/app-error.ts';
import { writeWhole } from '../ca/authority.ts';

/** Directory of the account and of what it obtained, inside the relay's data directory. */
export function acmeDir(dataDir: string): string {
  return join(dataDir, 'acme');
}

/**
 * The key of the account at the certificate authority (P-256, file 0600), made when there is none. Throws
 * `CONFIG_INVALID` when the file cannot be read: a new account would lose the old one's authorizations.
 */
export async function openAccountKey(dataDir: string): Promise<Buffer> {
  const dir = acmeDir(dataDir);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const file = join(dir, 'account.key');
  try {
    return await readFile(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new AppError('CONFIG_INVALID', { file, reason: 'unreadable' }, { cause });
    }
  }
  const key = await acme.crypto.createPrivateEcdsaKey('P-256');
  await writeWhole(file, key.toString('utf8'), 0o600);
  return key;
}
