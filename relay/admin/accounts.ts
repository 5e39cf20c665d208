import { AppError } from '../../common/errors/app-error.ts';
import type { LoginRequest } from '../../common/contract/relay-api.ts';
import type { AdminUser } from '../store/admin-users.ts';
import { adminKey, type Actor } from '../store/audit.ts';
import type { Store } from '../store/index.ts';
import { createRateLimit } from '../control/rate-limit.ts';
import { createAttempts } from './attempts.ts';
import { checkPassword, hashPassword, oneTimePassword, requireStrong } from './password.ts';

/** How long a one-time password may be used. */
export const ONCE_MS = 7 * 86_400_000;
/** Checks at the same time: each takes 32 MiB and a thread of the pool. */
const MAX_CHECKS = 4;
/**
 * Refused names that nobody has, as rows of the audit log: so many at once, then one each so many milliseconds, which says how
 * many more there were. Strangers with many addresses could otherwise push everything else out of the log.
 */
const STRANGERS_ROWS = 60;
const STRANGERS_ROW_MS = 60_000;
const USER = /^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u;

/** Users of the console and their passwords. */
export interface Accounts {
  /**
   * Checks a name and password. Throws RATE_LIMITED, BUSY, LOGIN_REFUSED; PASSWORD_CHANGE_NEEDED where the password works
   * once and no new one came with it; PASSWORD_TOO_WEAK for that one.
   */
  readonly logIn: (request: LoginRequest, address: string) => Promise<AdminUser>;
  /** Throws LOGIN_REFUSED for a wrong present password, RATE_LIMITED, PASSWORD_TOO_WEAK. */
  readonly changePassword: (
    user: string,
    current: string,
    next: string,
    by: Actor,
  ) => Promise<void>;
}

export function createAccounts(store: Store, now: () => number): Accounts {
  const attempts = createAttempts(now);
  const rows = createRateLimit(STRANGERS_ROWS, STRANGERS_ROW_MS, now);
  let unwritten = 0;
  let checks = 0;

  /** A name that nobody has may be a password typed into the wrong field: it is not written down. */
  const noteRefusal = (name: string, address: string): void => {
    const known = store.admins.byName(name)?.user;
    if (known === undefined && rows.take('') > 0) {
      unwritten += 1;
      return;
    }
    const actor = { name: known ?? 'unknown', address };
    const detail = known === undefined && unwritten > 0 ? { more: unwritten } : {};
    store.audit.add({ time: now(), actor, action: 'login.refused', subject: 'console', detail });
    if (known === undefined) unwritten = 0;
  };

  const check = async (name: string, password: string, address: string): Promise<AdminUser> => {
    const wait = attempts.wait(address, name);
    if (wait > 0) throw new AppError('RATE_LIMITED', { seconds: Math.ceil(wait / 1000) });
    if (checks >= MAX_CHECKS) throw new AppError('BUSY', { limit: MAX_CHECKS });
    checks += 1;
    // Counted before the answer is known, or many tries at once would all be free.
    attempts.failed(address, name);
    try {
      const user = store.admins.byName(name);
      const fits = await checkPassword(password, user?.password ?? (await strangersHash()));
      const usable = user !== null && (user.onceUntil === null || user.onceUntil > now());
      if (!fits || !usable) throw new AppError('LOGIN_REFUSED');
      attempts.succeeded(address, name);
      return user;
    } catch (thrown) {
      noteRefusal(name, address);
      throw thrown;
    } finally {
      checks -= 1;
    }
  };
  const write = async (user: string, password: string, by: Actor): Promise<void> => {
    requireStrong(password, user);
    const hash = await hashPassword(password);
    store.atomically(() => {
      store.admins.setPassword(user, hash, null, now());
      store.audit.add({
        time: now(),
        actor: by,
        action: 'password.set',
        subject: user,
        detail: {},
      });
    });
  };
  return {
    logIn: async ({ user: name, password, newPassword }, address) => {
      const user = await check(name, password, address);
      const by = { name: user.user, address };
      if (user.onceUntil !== null) {
        if (newPassword === undefined) throw new AppError('PASSWORD_CHANGE_NEEDED');
        if (newPassword === password) throw new AppError('PASSWORD_TOO_WEAK', { min: 12 });
        await write(user.user, newPassword, by);
      }
      store.audit.add({ time: now(), actor: by, action: 'login', subject: 'console', detail: {} });
      return store.admins.byName(user.user) ?? user;
    },
    changePassword: async (name, current, next, by) => {
      const user = await check(name, current, by.address ?? '');
      if (next === current) throw new AppError('PASSWORD_TOO_WEAK', { min: 12 });
      await write(user.user, next, by);
    },
  };
}

/**
 * Makes a user, or gives one a new password that works once within {@link ONCE_MS}, and returns that password: the only time
 * that it can be read. All of the user's sessions end. Throws BAD_INPUT for a name that cannot be one.
 */
export async function resetPassword(
  store: Store,
  name: string,
  now: number,
  by: Actor = adminKey,
): Promise<string> {
  if (!USER.test(name)) throw new AppError('BAD_INPUT', { field: 'user' });
  const password = oneTimePassword();
  const hash = await hashPassword(password);
  store.atomically(() => {
    store.admins.setPassword(name, hash, now + ONCE_MS, now);
    store.audit.add({ time: now, actor: by, action: 'password.reset', subject: name, detail: {} });
  });
  return password;
}

let stranger: Promise<string> | null = null;

/** A hash for names that nobody has: refusing them must not be quicker. */
function strangersHash(): Promise<string> {
  stranger ??= hashPassword(oneTimePassword());
  return stranger;
}
