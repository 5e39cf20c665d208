import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../../common/errors/app-error.ts';
import type { ApiKeyConfig } from '../types.ts';

export type Scope = ApiKeyConfig['scopes'][number];

/**
 * Lets through who shows a key with `scope` (or `admin`); `subscribe` is held by every key that reads and by a target's own.
 * Throws UNAUTHENTICATED, FORBIDDEN {scope}.
 */
export type Authorize = (key: string | null, scope: Scope | 'subscribe') => ApiKeyConfig;

/** Compares the hash with every known one in the same time, whichever fits. */
export function createAuthorize(keys: () => readonly ApiKeyConfig[]): Authorize {
  return (key, scope) => {
    const hash = createHash('sha256')
      .update(key ?? '')
      .digest();
    let found: ApiKeyConfig | undefined;
    for (const candidate of keys()) {
      const known = Buffer.from(candidate.hash, 'hex');
      if (known.length === hash.length && timingSafeEqual(known, hash)) found = candidate;
    }
    if (key === null || found === undefined) throw new AppError('UNAUTHENTICATED');
    if (!holds(found, scope)) throw new AppError('FORBIDDEN', { scope });
    return found;
  };
}

/** Whether a key is good for `scope`. */
export function holds(key: ApiKeyConfig, scope: Scope | 'subscribe'): boolean {
  if (key.scopes.includes('admin')) return true;
  if (scope !== 'subscribe') return key.scopes.includes(scope);
  return key.target !== undefined || key.scopes.includes('read');
}

/** The key of `Authorization: Bearer …`; null without one. */
export function bearerKey(headers: IncomingHttpHeaders): string | null {
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1] ?? null;
}
