import type { Database } from 'better-sqlite3';
import * as z from 'zod';

const Scopes = z.array(z.enum(['read', 'send', 'admin']));

/** A key of the management API. Only its hash is known: the key itself was shown once. */
export interface ApiKeyRecord {
  readonly id: string;
  /** Lower hex SHA-256 of the key. */
  readonly hash: string;
  readonly scopes: z.infer<typeof Scopes>;
}

export interface ApiKeyStore {
  list(): ApiKeyRecord[];
  /** Adds a key; one of the same id is replaced, which ends the old key. */
  save(key: ApiKeyRecord, createdAt: number): void;
}

export function createApiKeyStore(database: Database): ApiKeyStore {
  const all = database.prepare<[], { id: string; hash: string; scopes: string }>(
    'SELECT id, hash, scopes FROM api_keys ORDER BY id',
  );
  const put = database.prepare(`
    INSERT INTO api_keys (id, hash, scopes, created_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, scopes = excluded.scopes,
      created_at = excluded.created_at`);
  return {
    list: () =>
      all.all().map(({ id, hash, scopes }) => ({
        id,
        hash,
        scopes: Scopes.parse(JSON.parse(scopes)),
      })),
    save: ({ id, hash, scopes }, createdAt) =>
      void put.run(id, hash, JSON.stringify(scopes), createdAt),
  };
}
