const MAX_NONCES = 10_000;

/**
 * Which body came under which nonce, for the `sealed` scheme: its signature does not cover the body, so that the headers
 * of one callback would let anybody send another. Held in memory, the latest {@link MAX_NONCES}.
 */
export interface NonceMemory {
  /** Whether `nonce` may stand for `digest`: it is new, or came with the same before (a repetition). */
  fits(nonce: string, digest: string): boolean;
}

export function createNonceMemory(limit: number = MAX_NONCES): NonceMemory {
  const seen = new Map<string, string>();
  return {
    fits(nonce, digest) {
      const known = seen.get(nonce);
      if (known !== undefined) return known === digest;
      const [oldest] = seen.keys();
      if (seen.size >= limit && oldest !== undefined) seen.delete(oldest);
      seen.set(nonce, digest);
      return true;
    },
  };
}
