import { hash, timingSafeEqual } from 'node:crypto';
import { callbackFailure } from './failure.ts';
import type { CallbackCredentials, SignedQuery } from './types.ts';

/** Lower hex SHA-1 over the parts, sorted by their bytes and joined without a separator (WeCom D90930). */
export function sortedSha1(parts: readonly string[]): string {
  return hash('sha1', parts.toSorted(compareUtf8).join(''));
}

/** The order of two texts' UTF-8 bytes, without making them: that of their code points. */
function compareUtf8(left: string, right: string): number {
  const end = Math.min(left.length, right.length);
  let at = 0;
  while (at < end && left.charCodeAt(at) === right.charCodeAt(at)) at += 1;
  if (at === end) return left.length - right.length;
  return rank(left.charCodeAt(at)) - rank(right.charCodeAt(at));
}

/** Surrogates stand for code points above all others, though their own numbers lie below U+E000. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
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
