import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Life of a login link that nobody opens. */
export const LINK_MS = 15 * 60_000;
/** Life of a session since it was last used. */
export const SESSION_MS = 12 * 3_600_000;
/** Links and sessions kept; the oldest makes room. */
const MAX_LINKS = 32;
const MAX_SESSIONS = 64;

/** Who may use the console: one-time links that become sessions, and the bearer token of the command line. */
export interface Auth {
  /** Secret part of a new login link: 256 bits, works once. */
  newLink(): string;
  /** Spends a link. The id of the session that it opens, or null when the link is unknown, spent or too old. */
  redeem(link: string): string | null;
  /** Whether a session lives; asking with `use` lets it live on. */
  holds(session: string, use: boolean): boolean;
  isBearer(token: string): boolean;
}

/** Everything is kept as SHA-256 in memory only: a restart ends every session. */
export function createAuth(bearer: string, now: () => number): Auth {
  const links = new Map<string, number>();
  const sessions = new Map<string, number>();
  const bearerHash = digest(bearer);
  return {
    newLink() {
      const link = randomBytes(32).toString('base64url');
      makeRoom(links, MAX_LINKS);
      links.set(hex(link), now() + LINK_MS);
      return link;
    },
    redeem(link) {
      const hash = hex(link);
      const expires = links.get(hash);
      links.delete(hash);
      if (expires === undefined || expires <= now()) return null;
      const session = randomBytes(32).toString('base64url');
      makeRoom(sessions, MAX_SESSIONS);
      sessions.set(hex(session), now() + SESSION_MS);
      return session;
    },
    holds(session, use) {
      const hash = hex(session);
      const expires = sessions.get(hash);
      if (expires === undefined) return false;
      if (expires <= now()) {
        sessions.delete(hash);
        return false;
      }
      if (use) {
        sessions.delete(hash);
        sessions.set(hash, now() + SESSION_MS);
      }
      return true;
    },
    isBearer: (token) => timingSafeEqual(digest(token), bearerHash),
  };
}

/** A Map keeps the order of insertion, so that its first entry is the one unused for longest. */
function makeRoom(map: Map<string, number>, limit: number): void {
  const oldest = map.keys().next();
  if (map.size >= limit && oldest.done !== true) map.delete(oldest.value);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function hex(text: string): string {
  return digest(text).toString('hex');
}
