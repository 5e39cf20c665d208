import { randomBytes } from 'node:crypto';

const POOL_BYTES = 4096;

/**
 * A source of random bytes (of OpenSSL, as {@link randomBytes}) that are fetched a page at a time: asking for each
 * identifier by itself costs ten times as much. No byte is given out twice.
 */
export function createRandomSource(): (length: number) => Buffer {
  let pool: Buffer = Buffer.alloc(0);
  let used = 0;
  return (length) => {
    if (length > POOL_BYTES) return randomBytes(length);
    if (used + length > pool.length) {
      // A new page each time: what was given out of the old one is still in use.
      pool = randomBytes(POOL_BYTES);
      used = 0;
    }
    const taken = pool.subarray(used, used + length);
    used += length;
    return taken;
  };
}
