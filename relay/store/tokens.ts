import { createHash, randomBytes } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import type { ErrorCode } from '../../common/errors/codes.ts';

/** How long the row of a dead token still explains why it is refused. */
const KEEP_DEAD = 30 * 86_400_000;

export type TokenState =
  | { readonly usable: true; readonly tunnelId: number }
  | { readonly usable: false; readonly code: Extract<ErrorCode, `TOKEN_${string}`> };

/** A token without its secret. */
export interface StoredToken {
  /** First half of the secret's SHA-256, lower hex. */
  readonly id: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly usedAt: number | null;
  readonly device: string | null;
  readonly revokedAt: number | null;
}

export interface TokenStore {
  /** Makes a token's secret (192 random bits, base64url); only its hash is kept. */
  create(tunnelId: number, now: number, expiresAt: number): string;
  /** Those of a tunnel, newest first. */
  ofTunnel(tunnelId: number): StoredToken[];
  /** Ends a token that nobody has used. Its tunnel's id, or null when there is nothing to end. */
  revoke(id: string, now: number): number | null;
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
    { tunnel_id: number; expires_at: number; used_at: number | null; revoked_at: number | null }
  >('SELECT tunnel_id, expires_at, used_at, revoked_at FROM tokens WHERE hash = ?');
  const ofTunnel = database.prepare<[number], StoredToken>(
    `SELECT lower(hex(substr(hash, 1, 16))) AS id, created_at AS createdAt, expires_at AS expiresAt,
            used_at AS usedAt, device_id AS device, revoked_at AS revokedAt
     FROM tokens WHERE tunnel_id = ? ORDER BY created_at DESC LIMIT 100`,
  );
  const revoke = database
    .prepare<[number, string, number], number>(
      `UPDATE tokens SET revoked_at = ? WHERE lower(hex(substr(hash, 1, 16))) = ?
         AND used_at IS NULL AND revoked_at IS NULL AND expires_at > ? RETURNING tunnel_id`,
    )
    .pluck();
  const burn = database.prepare<[number, string, Buffer, number]>(
    `UPDATE tokens SET used_at = ?, device_id = ?
     WHERE hash = ? AND used_at IS NULL AND revoked_at IS NULL AND expires_at > ?`,
  );
  return {
    create: (tunnelId, now, expiresAt) => {
      const secret = randomBytes(24).toString('base64url');
      sweep.run(now - KEEP_DEAD);
      insert.run(hashOf(secret), tunnelId, now, expiresAt);
      return secret;
    },
    ofTunnel: (tunnelId) => ofTunnel.all(tunnelId),
    revoke: (id, now) => revoke.get(now, id, now) ?? null,
    look: (secret, now) => {
      const row = select.get(hashOf(secret));
      // A revoked one is as good as one that never was.
      if (row === undefined || row.revoked_at !== null) {
        return { usable: false, code: 'TOKEN_UNKNOWN' };
      }
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
