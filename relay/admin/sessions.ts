import { createHash, randomBytes } from 'node:crypto';
import type { AdminUser, AdminUserStore } from '../store/admin-users.ts';

/** Life of a session since it was last used. */
export const SESSION_MS = 12 * 3_600_000;
/** How old a session's last extension may be before another is written: a disk write for each request would be too many. */
const EXTEND_AFTER = 60_000;

/** Sessions of the console, kept in the relay's database by their hash. */
export interface Sessions {
  /** The id that the cookie carries: 256 random bits, base64url. */
  readonly open: (user: AdminUser, address: string) => string;
  /** The user of a session, or null when it is unknown or over; asking with `use` lets it live on. */
  readonly user: (id: string, use: boolean) => AdminUser | null;
  readonly close: (id: string) => void;
  /** Makes a session of that id anew: a new password has ended every one of the user, and this one goes on. */
  readonly reopen: (id: string, user: AdminUser, address: string) => void;
}

export function createSessions(
  store: Pick<AdminUserStore, 'openSession' | 'session' | 'extendSession' | 'closeSession'>,
  now: () => number,
): Sessions {
  return {
    open: (user, address) => {
      const id = randomBytes(32).toString('base64url');
      store.openSession(hashOf(id), user.id, address, now(), now() + SESSION_MS);
      return id;
    },
    user: (id, use) => {
      const hash = hashOf(id);
      const session = store.session(hash);
      if (session === null || session.expiresAt <= now()) return null;
      const expiresAt = now() + SESSION_MS;
      if (use && expiresAt - session.expiresAt > EXTEND_AFTER) store.extendSession(hash, expiresAt);
      return session.user;
    },
    close: (id) => store.closeSession(hashOf(id)),
    reopen: (id, user, address) =>
      store.openSession(hashOf(id), user.id, address, now(), now() + SESSION_MS),
  };
}

/** A random id of this length needs no salt and no slow hash. */
function hashOf(id: string): Buffer {
  return createHash('sha256').update(id).digest();
}
