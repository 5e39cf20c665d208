import type { Database } from 'better-sqlite3';
import * as z from 'zod';

const Scopes = z.array(z.enum(['read', 'send', 'admin']));

/** A key of the management API. Only its hash is known: the key itself was shown once. */
export interface ApiKeyRecord {
  readonly id: string;
  /** Lower hex SHA-256 of the key. */
  readonly hash: string;
  readonly scopes: z.infer<typeof Scopes>;
  /** WebSocket target that its holder serves. */
  readonly target?: string;
}

export interface ApiKeyStore {
  list(): ApiKeyRecord[];
  /** Adds a key; one of the same id is replaced, which ends the old key. */
  save(key: ApiKeyRecord, createdAt: number): void;
  /** Ends the keys of a target. */
  removeOf(target: string): void;
}

interface Row {
  id: string;
  hash: string;
  scopes: string;
  target: string | null;
}

export function createApiKeyStore(database: Database): ApiKeyStore {
  const all = database.prepare<[], Row>('SELECT * FROM api_keys ORDER BY id');
  const put = database.prepare(`
    INSERT INTO api_keys (id, hash, scopes, target, created_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, scopes = excluded.scopes,
      target = excluded.target, created_at = excluded.created_at`);
  const dropOf = database.prepare('DELETE FROM api_keys WHERE target = ?');
  return {
    list: () =>
      all.all().map(({ id, hash, scopes, target }) => ({
        id,
        hash,
        scopes: Scopes.parse(JSON.parse(scopes)),
        ...(target === null ? {} : { target }),
      })),
    save: ({ id, hash, scopes, target }, createdAt) =>
      void put.run(id, hash, JSON.stringify(scopes), target ?? null, createdAt),
    removeOf: (target) => void dropOf.run(target),
  };
}
