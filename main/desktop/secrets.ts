import { safeStorage } from 'electron';
import { AppError } from '../../common/errors/app-error.ts';
import type { SecretBox } from '../core/index.ts';

/**
 * Secrets in the system's keystore, by Electron's asynchronous safeStorage. On Linux without a keystore Chromium would fall back to a fixed
 * password (`basic_text`), which protects nothing: that is refused with `SECRET_STORE_UNAVAILABLE`.
 */
export function createSafeStorageBox(platform: NodeJS.Platform = process.platform): SecretBox {
  const ensure = async (): Promise<void> => {
    const available = await safeStorage.isAsyncEncryptionAvailable();
    if (!available) throw new AppError('SECRET_STORE_UNAVAILABLE');
    if (platform === 'linux' && safeStorage.getSelectedStorageBackend() === 'basic_text') {
      throw new AppError('SECRET_STORE_UNAVAILABLE');
    }
  };
  return {
    async seal(plaintext) {
      await ensure();
      return safeStorage.encryptStringAsync(plaintext);
    },
    async open(sealed) {
      await ensure();
      try {
        const { result, shouldReEncrypt } = await safeStorage.decryptStringAsync(
          Buffer.from(sealed),
        );
        return { plaintext: result, reseal: shouldReEncrypt };
      } catch (error) {
        throw new AppError('SECRET_UNREADABLE', {}, { cause: error });
      }
    },
  };
}
