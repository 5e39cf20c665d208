import { shell } from 'electron';
import { AppError } from '../../common/errors/app-error.ts';
import { isSafeExternalUrl } from '../../common/external-url.ts';

/** Opens an address in the system's browser. Throws `BAD_INPUT` unless it is a safe one; the only caller of `shell.openExternal`. */
export async function openExternal(url: string): Promise<void> {
  if (!isSafeExternalUrl(url)) throw new AppError('BAD_INPUT', { field: 'url' });
  await shell.openExternal(url);
}
