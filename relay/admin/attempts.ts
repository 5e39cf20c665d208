import { isIPv6 } from 'node:net';

/** Slows the guessing of passwords down, by the address it comes from and by the user it is aimed at. */
export interface Attempts {
  /** Milliseconds to wait before a try is looked at; 0 when it may go ahead. */
  readonly wait: (address: string, user: string) => number;
  readonly failed: (address: string, user: string) => void;
  readonly succeeded: (address: string, user: string) => void;
}

interface Rule {
  /** Failures that cost nothing. */
  readonly free: number;
  /** The delay doubles from a second up to this, milliseconds. */
  readonly cap: number;
}

const byAddress: Rule = { free: 4, cap: 15 * 60_000 };
/** Lower, because a stranger must not be able to lock somebody out for long. */
const byUser: Rule = { free: 8, cap: 30_000 };
/** Failures are forgotten when this has passed since the last. */
const FORGET = 3_600_000;
const MAX_KEYS = 10_000;

interface Failures {
  count: number;
  last: number;
}

export function createAttempts(now: () => number): Attempts {
  const addresses = new Map<string, Failures>();
  const users = new Map<string, Failures>();

  const left = (map: Map<string, Failures>, key: string, { free, cap }: Rule): number => {
    const failures = map.get(key);
    if (failures === undefined || failures.count < free) return 0;
    if (now() - failures.last > FORGET) {
      map.delete(key);
      return 0;
    }
    // Of a clock that was set back: nobody may be kept out until it has caught up.
    failures.last = Math.min(failures.last, now());
    const delay = Math.min(cap, 1_000 * 2 ** Math.min(failures.count - free, 20));
    return Math.max(0, failures.last + delay - now());
  };
  const note = (map: Map<string, Failures>, key: string): void => {
    const failures = map.get(key) ?? { count: 0, last: 0 };
    const fresh = now() - failures.last > FORGET;
    // Re-inserting keeps the map in order of use.
    map.delete(key);
    map.set(key, { count: fresh ? 1 : failures.count + 1, last: now() });
    const oldest = map.keys().next();
    if (map.size > MAX_KEYS && oldest.done !== true) map.delete(oldest.value);
  };
  return {
    wait: (address, user) =>
      Math.max(
        left(addresses, networkOf(address), byAddress),
        left(users, user.toLowerCase(), byUser),
      ),
    failed: (address, user) => {
      note(addresses, networkOf(address));
      note(users, user.toLowerCase());
    },
    succeeded: (address, user) => {
      addresses.delete(networkOf(address));
      users.delete(user.toLowerCase());
    },
  };
}

/** One IPv6 customer has a /64 to himself. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail = ''] = address.split('::', 2);
  const front = head === '' ? [] : head.split(':');
  const back = tail === '' ? [] : tail.split(':');
  const zeros = address.includes('::') ? 8 - front.length - back.length : 0;
  return [...front, ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...back]
    .slice(0, 4)
    .join(':');
}
