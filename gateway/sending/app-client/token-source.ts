import { createHash } from 'node:crypto';
import type { TokenAnswer } from '../../wecom/index.ts';

/** Whose token it is: one for each app secret, never shared between apps (D91039). */
export interface Credentials {
  readonly base: string;
  readonly corpId: string;
  readonly secret: string;
}

export type TokenResult =
  | { readonly ok: true; readonly token: string }
  /** WeCom's refusal, from now or from a moment ago. */
  | { readonly ok: false; readonly answer: Omit<TokenAnswer, 'token' | 'expiresIn'> };

/** Access tokens, in memory alone. */
export interface TokenSource {
  /**
   * The token, asked for once however many want it. After a refusal WeCom is left alone for a minute, after a wrong secret longer
   * each time, because one that is tried again and again gets the whole address blocked for an hour. Rejects as a call does.
   */
  get(credentials: Credentials, fetch: () => Promise<TokenAnswer>): Promise<TokenResult>;
  /** WeCom no longer takes this token. One that has been replaced already stays. */
  invalidate(credentials: Credentials, token: string): void;
  /** When each token ends, milliseconds since the epoch, by CorpID and bot-independent key. */
  expiries(): ReadonlyMap<string, number>;
}

/** How long before its end a token is replaced. */
const EARLY_MS = 60_000;
const FIRST_BLOCK_MS = 60_000;
const LONGEST_BLOCK_MS = 3_600_000;
const MAX_ENTRIES = 1_000;
/** `system busy` passes; everything else waits for an operator. */
const BUSY = -1;
/**
 * Wrong secret or CorpID, which does not become right by itself, and the block that asking with one has led to (D91039). Any other
 * refusal ends when somebody changes something in WeCom: an address that is trusted now must not wait for an hour.
 */
const wrongCredentials: ReadonlySet<number> = new Set([40001, 40013, 45009]);

interface Entry {
  token: string | null;
  expiresAt: number;
  fetching: Promise<TokenResult> | null;
  refusal: Omit<TokenAnswer, 'token' | 'expiresIn'> | null;
  blockedUntil: number;
  refusals: number;
}

export function createTokenSource(now: () => number): TokenSource {
  const entries = new Map<string, Entry>();

  function entryOf(credentials: Credentials): Entry {
    const key = keyOf(credentials);
    const known = entries.get(key);
    if (known !== undefined) return known;
    const entry: Entry = {
      token: null,
      expiresAt: 0,
      fetching: null,
      refusal: null,
      blockedUntil: 0,
      refusals: 0,
    };
    entries.set(key, entry);
    for (const oldest of entries.keys()) {
      if (entries.size <= MAX_ENTRIES) break;
      entries.delete(oldest);
    }
    return entry;
  }

  async function renew(entry: Entry, fetch: () => Promise<TokenAnswer>): Promise<TokenResult> {
    const { token, expiresIn, ...answer } = await fetch();
    if (answer.errcode === 0) {
      entry.token = token;
      entry.expiresAt = now() + expiresIn * 1000;
      entry.refusal = null;
      entry.refusals = 0;
      return { ok: true, token };
    }
    if (answer.errcode !== BUSY) {
      const stays = wrongCredentials.has(answer.errcode);
      const wait = stays
        ? Math.min(LONGEST_BLOCK_MS, FIRST_BLOCK_MS * 2 ** entry.refusals)
        : FIRST_BLOCK_MS;
      entry.refusals += 1;
      entry.refusal = answer;
      entry.blockedUntil = now() + wait;
    }
    return { ok: false, answer };
  }

  return {
    async get(credentials, fetch) {
      const entry = entryOf(credentials);
      if (entry.token !== null && now() < entry.expiresAt - EARLY_MS) {
        return { ok: true, token: entry.token };
      }
      if (entry.refusal !== null && now() < entry.blockedUntil) {
        return { ok: false, answer: entry.refusal };
      }
      entry.fetching ??= renew(entry, fetch).finally(() => {
        entry.fetching = null;
      });
      return entry.fetching;
    },
    invalidate(credentials, token) {
      const entry = entryOf(credentials);
      if (entry.token === token) entry.token = null;
    },
    expiries() {
      const all = new Map<string, number>();
      for (const [key, { token, expiresAt }] of entries)
        if (token !== null) all.set(key, expiresAt);
      return all;
    },
  };
}

/** Names credentials without giving the secret away. */
export function keyOf({ base, corpId, secret }: Credentials): string {
  return createHash('sha256')
    .update(JSON.stringify([base, corpId, secret]))
    .digest('hex');
}
