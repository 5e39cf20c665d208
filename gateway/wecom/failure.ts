import { AppError } from '../../common/errors/app-error.ts';
import type { ErrorCode } from '../../common/errors/codes.ts';

/** The failures of the callback scheme with the numbers that WeCom's own libraries give them. */
const numbers = {
  SIGNATURE_INVALID: -40001,
  BODY_MALFORMED: -40002,
  AES_KEY_INVALID: -40004,
  RECEIVE_ID_MISMATCH: -40005,
  ENCRYPT_FAILED: -40006,
  DECRYPT_FAILED: -40007,
  PLAINTEXT_INVALID: -40008,
} as const satisfies Partial<Record<ErrorCode, number>>;

/** WeCom's number for text that is no base64; it is a {@link numbers.DECRYPT_FAILED} otherwise. */
export const base64Failure = -40010;

/**
 * An error of the callback scheme. `params.wecom` is WeCom's number. Nothing else is told: a key, a token or plaintext
 * must not travel with an error.
 */
export function callbackFailure(
  code: keyof typeof numbers,
  wecom: number = numbers[code],
): AppError {
  return new AppError(code, { wecom });
}
