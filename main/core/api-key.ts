import { createHash, randomBytes } from 'node:crypto';

/** A new key of the management API, `cwk_` and 256 random bits, and the hash that is kept of it. */
export function makeApiKey(): { readonly key: string; readonly hash: string } {
  const key = `cwk_${randomBytes(32).toString('base64url')}`;
  return { key, hash: createHash('sha256').update(key).digest('hex') };
}
