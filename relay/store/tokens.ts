import { createHash, randomBytes } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import type { ErrorCode } from '../../common/errors/codes.ts';

/** How long the row of a dead token still explains why it is refused. */
const KEEP_DEAD = 30 * 86_400_000;

export type TokenState =
  | { readonly usable: true; readonly tunnelId: number }
  | { readonly usable: false; readonly code: Extract<ErrorCode, `TOKEN_${string}`> };

export interface TokenStore {
  /** Makes a token's secret (192 random bits, base64url); only its hash is kept. */
  create(tunnelId: number, now: number, expiresAt: number): string;
  look(secret: string, now: number): TokenState;
  /** Uses the token up for `deviceId`; false when it is not usable any more. At most one caller ever gets true. */
  burn(secret: string, deviceId: string, now: number): boolean;
}

export function tokenStore(database: Database): TokenStore {
  const insert = database.prepare<[Buffer, number, number, number]>(
    'INSERT INTO tokens (hash, tunnel_id, created_at, expires_at) VALUES (?, ?, ?, ?)',
  );
  const sweep = database.prepare<[number]>('DELETE FROM tokens WHERE expires_at < ?');
  const select = database.prepare<
    [Buffer],
    { tunnel_id: number; expires_at: number; used_at: number | null }
  >('SELECT tunnel_id, expires_at, used_at FROM tokens WHERE hash = ?');
  const burn = database.prepare<[number, string, Buffer, number]>(
    `UPDATE tokens SET used_at = ?, device_id = ?
     WHERE hash = ? AND used_at IS NULL AND expires_at > ?`,
  );
  return {
    create: (tunnelId, now, expiresAt) => {
      const secret = randomBytes(24).toString('base64url');
      sweep.run(now - KEEP_DEAD);
      insert.run(hashOf(secret), tunnelId, now, expiresAt);
      return secret;
    },
    look: (secret, now) => {
      const row = select.get(hashOf(secret));
      if (row === undefined) return { usable: false, code: 'TOKEN_UNKNOWN' };
      if (row.used_at !== null) return { usable: false, code: 'TOKEN_USED' };
      if (row.expires_at <= now) return { usable: false, code: 'TOKEN_EXPIRED' };
      return { usable: true, tunnelId: row.tunnel_id };
    },
    burn: (secret, deviceId, now) => burn.run(now, deviceId, hashOf(secret), now).changes === 1,
  };
}

/** A random secret of this length needs no salt and no slow hash. */
function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
