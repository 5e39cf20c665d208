import { createHash, randomBytes } from 'node:crypto';
import type { Logger } from '../../common/domain/log.ts';
import type { Stores } from './settings/index.ts';

/** A new key of the management API, `cwk_` and 256 random bits, and the hash that is kept of it. */
function makeApiKey(): { readonly key: string; readonly hash: string } {
  const key = `cwk_${randomBytes(32).toString('base64url')}`;
  return { key, hash: createHash('sha256').update(key).digest('hex') };
}

export interface KeyMakerDeps {
  readonly stores: Pick<Stores, 'apiKeys'>;
  readonly now: () => number;
  /** Puts the new key in force. */
  readonly applied: () => void;
  readonly log: Logger;
}

/** Makes and stores keys by their id; what it returns is nowhere else. */
export function createKeyMaker({ stores, now, applied, log }: KeyMakerDeps) {
  return (id: string, scopes: readonly ('read' | 'send' | 'admin')[], target?: string): string => {
    const { key, hash } = makeApiKey();
    const bound = target === undefined ? {} : { target };
    stores.apiKeys.save({ id, hash, scopes: [...scopes], ...bound }, now());
    applied();
    log.info({ id, scopes: scopes.join(' '), ...bound }, 'management API key made');
    return key;
  };
}
