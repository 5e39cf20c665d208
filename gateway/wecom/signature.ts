import { createHash, timingSafeEqual } from 'node:crypto';
import { callbackFailure } from './failure.ts';
import type { CallbackCredentials, SignedQuery } from './types.ts';

/** Lower hex SHA-1 over the parts, sorted by their bytes and joined without a separator (WeCom D90930). */
export function sortedSha1(parts: readonly string[]): string {
  const sorted = parts.map((part) => Buffer.from(part, 'utf8')).toSorted((a, b) => a.compare(b));
  return createHash('sha1').update(Buffer.concat(sorted)).digest('hex');
}

/** Whether two byte strings are equal; the time taken tells nothing but whether their lengths are. */
export function equalInConstantTime(left: Buffer, right: Buffer): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

/** The `msg_signature` of an encrypted text. */
export function signCiphertext(
  token: string,
  timestamp: string,
  nonce: string,
  encrypt: string,
): string {
  return sortedSha1([token, timestamp, nonce, encrypt]);
}

/**
 * Throws `SIGNATURE_INVALID` unless `query.signature` covers `encrypt`. The scheme knows no age: whether the timestamp is
 * recent is the caller's to check.
 */
export function checkSignature(
  credentials: CallbackCredentials,
  query: SignedQuery,
  encrypt: string,
): void {
  const expected = signCiphertext(credentials.token, query.timestamp, query.nonce, encrypt);
  if (!equalInConstantTime(Buffer.from(expected), Buffer.from(query.signature))) {
    throw callbackFailure('SIGNATURE_INVALID');
  }
}
