import { createCipheriv, createHash } from 'node:crypto';
import { pad } from './codec.ts';
import { callbackFailure } from './failure.ts';
import { equalInConstantTime, sortedSha1 } from './signature.ts';

const ciphers: Readonly<Record<number, string>> = {
  16: 'aes-128-cbc',
  24: 'aes-192-cbc',
  32: 'aes-256-cbc',
};

/** Sixteen times the character zero, not the byte: as the deployment guide has it. */
const fixedIv = Buffer.from('0000000000000000', 'ascii');

/**
 * The JSON of a text message of the deployment guide (§5.2), to the byte as its program writes it: a space after each
 * comma and colon, everything beyond ASCII as `\uXXXX`. `timestamp` is seconds since the epoch.
 */
export function sealedPayload(content: string, key: string, timestamp: number): string {
  const time = String(timestamp);
  const signature = createHash('sha256').update(`${time}${key}`, 'utf8').digest('hex');
  return (
    `{"msgtype": "text", "text": {"content": ${asciiJson(content)}}, ` +
    `"timestamp": "${time}", "signature": "${signature}"}`
  );
}

/**
 * The envelope of the deployment guide (§5.2): base64 of AES-CBC over `json`, with the UTF-8 bytes of `key` (16, 24 or
 * 32 of them) and PKCS#7 for 16 bytes; it goes into `{"encrypted": …}`. Throws `AES_KEY_INVALID`.
 *
 * Weak, and kept only for private relays that speak it: the IV never changes, so equal beginnings of messages show as
 * equal ciphertext; the ciphertext is not authenticated and can be altered; the signature inside covers the time and the
 * key but not the message, so it proves nothing about it.
 */
export function sealedEnvelope(json: string, key: string): string {
  const bytes = Buffer.from(key, 'utf8');
  const algorithm = ciphers[bytes.length];
  if (algorithm === undefined) throw callbackFailure('AES_KEY_INVALID');
  const cipher = createCipheriv(algorithm, bytes, fixedIv).setAutoPadding(false);
  const padded = pad(Buffer.from(json, 'utf8'), 16);
  return Buffer.concat([cipher.update(padded), cipher.final()]).toString('base64');
}

/**
 * Whether the headers `X-WeCom-Signature`, `-Timestamp` and `-Nonce` (deployment guide §5.3) were made with the token.
 * Weak: the signature does not cover the body, so whoever saw one request can send another body under its headers. Check
 * the timestamp's age and refuse a nonce that came before.
 */
export function verifySealedHeader(
  token: string,
  timestamp: string,
  nonce: string,
  signature: string,
): boolean {
  const expected = sortedSha1([token, timestamp, nonce]);
  return equalInConstantTime(Buffer.from(expected), Buffer.from(signature));
}

function asciiJson(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
