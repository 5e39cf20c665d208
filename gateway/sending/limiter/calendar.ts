/** How many sends one robot may make in a window (wecom.md §1). */
export interface CalendarRule {
  readonly limit: number;
  readonly windowMs: number;
}

/** One send in a robot's calendar. */
export interface Slot {
  /** The attempt ended at `at`; the window counts from here, because WeCom saw it at the latest then. */
  end(at: number): void;
  /** Nothing reached WeCom: the slot is free again. */
  release(): void;
}

/**
 * A robot's sends of the running window: at most `limit` in every sliding `windowMs`. An open send counts until it has
 * ended and then for a whole window, because the moment at which WeCom counted it lies somewhere between.
 */
export interface Calendar {
  /** Null where there is no room now. */
  reserve(now: number): Slot | null;
  /** When `ahead` sends have left and one more may; `now` or earlier where it may at once. */
  freeAt(now: number, ahead?: number): number;
  /** What is left now, and when more becomes free (`now` where nothing is used up). */
  quota(now: number): { remaining: number; resetAt: number };
  pause(until: number): void;
}

interface Entry {
  /** Infinity while open. */
  end: number;
}

/** `ends` and `pausedUntil`: what was kept over a restart; `openMs`: how long a send may be open at most. */
export function createCalendar(
  rule: CalendarRule,
  openMs: number,
  kept: { readonly ends: readonly number[]; readonly pausedUntil: number },
): Calendar {
  let entries: Entry[] = kept.ends.map((end) => ({ end }));
  let pausedUntil = kept.pausedUntil;

  function prune(now: number): void {
    // A clock that was set back leaves ends in the future; no send can have ended later than it may be open.
    for (const entry of entries) {
      if (Number.isFinite(entry.end)) entry.end = Math.min(entry.end, now + openMs);
    }
    entries = entries
      .filter(({ end }) => end > now - rule.windowMs)
      .toSorted((a, b) => a.end - b.end);
    pausedUntil = Math.min(pausedUntil, now + rule.windowMs);
  }

  /** Moments at which the entries give their slots back, soonest first. */
  function returns(now: number): number[] {
    return entries.map(({ end }) => (Number.isFinite(end) ? end : now + openMs) + rule.windowMs);
  }

  function freeAt(now: number, ahead = 0): number {
    prune(now);
    const slots = returns(now);
    for (let sent = 0; sent < ahead; sent += 1) slots.push(next(slots, now) + rule.windowMs);
    return next(slots, now);
  }

  function next(slots: readonly number[], now: number): number {
    const earliest = Math.max(now, pausedUntil);
    const blocking = slots.length - rule.limit;
    return blocking < 0 ? earliest : Math.max(earliest, slots[blocking] ?? earliest);
  }

  return {
    reserve(now) {
      prune(now);
      if (pausedUntil > now || entries.length >= rule.limit) return null;
      const entry: Entry = { end: Infinity };
      entries.push(entry);
      return {
        end: (at) => void (entry.end = at),
        release: () => {
          entries = entries.filter((other) => other !== entry);
        },
      };
    },
    freeAt,
    quota(now) {
      prune(now);
      const remaining = pausedUntil > now ? 0 : Math.max(0, rule.limit - entries.length);
      const [first = now] = returns(now);
      return { remaining, resetAt: remaining === 0 ? freeAt(now) : first };
    },
    pause(until) {
      pausedUntil = Math.max(pausedUntil, until);
    },
  };
}
