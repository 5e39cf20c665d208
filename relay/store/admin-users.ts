import type { Database } from 'better-sqlite3';
import type { Account } from '../../common/domain/relay/views.ts';

/** A person who may sign in to the relay's console. */
export interface AdminUser extends Account {
  readonly id: number;
  /** Salt and hash, as `admin/password.ts` writes them. */
  readonly password: string;
  /** Until when a password that has to be changed at sign-in may be used; null for one that its owner chose. */
  readonly onceUntil: number | null;
}

export interface AdminUserStore {
  byName(name: string): AdminUser | null;
  count(): number;
  /** Makes the user, or gives an existing one another password and ends all its sessions. */
  setPassword(name: string, password: string, onceUntil: number | null, now: number): void;
  setAppearance(id: number, appearance: Pick<Account, 'locale' | 'theme'>): void;

  /** `hash` is the SHA-256 of the session's id; the oldest sessions of a user make room. */
  openSession(hash: Buffer, userId: number, address: string, now: number, expiresAt: number): void;
  session(hash: Buffer): { readonly user: AdminUser; readonly expiresAt: number } | null;
  extendSession(hash: Buffer, expiresAt: number): void;
  closeSession(hash: Buffer): void;
}

interface UserRow {
  readonly id: number;
  readonly name: string;
  readonly password: string;
  readonly once_until: number | null;
  readonly locale: Account['locale'];
  readonly theme: Account['theme'];
}

const SESSIONS_PER_USER = 20;

export function adminUserStore(database: Database): AdminUserStore {
  const select = database.prepare<[string], UserRow>('SELECT * FROM admin_users WHERE name = ?');
  const count = database.prepare<[], number>('SELECT count(*) FROM admin_users').pluck();
  const upsert = database.prepare<[string, string, number | null, number]>(
    `INSERT INTO admin_users (name, password, once_until, created_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET password = excluded.password, once_until = excluded.once_until`,
  );
  const appearance = database.prepare<[string, string, number]>(
    'UPDATE admin_users SET locale = ?, theme = ? WHERE id = ?',
  );
  const open = database.prepare<[Buffer, number, string, number, number]>(
    'INSERT INTO admin_sessions (hash, user_id, address, created_at, expires_at) VALUES (?, ?, ?, ?, ?)',
  );
  const sweep = database.prepare<[number]>('DELETE FROM admin_sessions WHERE expires_at <= ?');
  const makeRoom = database.prepare<[number, number, number]>(
    `DELETE FROM admin_sessions WHERE user_id = ? AND hash NOT IN
       (SELECT hash FROM admin_sessions WHERE user_id = ? ORDER BY expires_at DESC LIMIT ?)`,
  );
  const session = database.prepare<[Buffer], UserRow & { expires_at: number }>(
    `SELECT u.*, s.expires_at FROM admin_sessions s JOIN admin_users u ON u.id = s.user_id
     WHERE s.hash = ?`,
  );
  const extend = database.prepare<[number, Buffer]>(
    'UPDATE admin_sessions SET expires_at = ? WHERE hash = ?',
  );
  const close = database.prepare<[Buffer]>('DELETE FROM admin_sessions WHERE hash = ?');
  const closeOfName = database.prepare<[string]>(
    'DELETE FROM admin_sessions WHERE user_id = (SELECT id FROM admin_users WHERE name = ?)',
  );

  const setPassword = database.transaction(
    (name: string, password: string, onceUntil: number | null, now: number) => {
      upsert.run(name, password, onceUntil, now);
      closeOfName.run(name);
    },
  );
  const openSession = database.transaction(
    (hash: Buffer, userId: number, address: string, now: number, expiresAt: number) => {
      sweep.run(now);
      open.run(hash, userId, address, now, expiresAt);
      makeRoom.run(userId, userId, SESSIONS_PER_USER);
    },
  );
  return {
    byName: (name) => {
      const row = select.get(name);
      return row === undefined ? null : whole(row);
    },
    count: () => count.get() ?? 0,
    setPassword: (name, password, onceUntil, now) => setPassword(name, password, onceUntil, now),
    setAppearance: (id, { locale, theme }) => void appearance.run(locale, theme, id),
    openSession: (hash, userId, address, now, expiresAt) =>
      openSession(hash, userId, address, now, expiresAt),
    session: (hash) => {
      const row = session.get(hash);
      return row === undefined ? null : { user: whole(row), expiresAt: row.expires_at };
    },
    extendSession: (hash, expiresAt) => void extend.run(expiresAt, hash),
    closeSession: (hash) => void close.run(hash),
  };
}

function whole(row: UserRow): AdminUser {
  const { id, name, password, locale, theme } = row;
  return { id, user: name, password, onceUntil: row.once_until, locale, theme };
}
