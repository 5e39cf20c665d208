import type { CalendarRule, Slot } from './calendar.ts';

/** What was used of a limit in one span of time, as it is kept over a restart. */
export interface Usage {
  /** Beginning of the span, milliseconds since the epoch. */
  readonly at: number;
  readonly count: number;
}

/**
 * What is used of limits that are too wide for a {@link Calendar} with an entry for each send: counted by spans of time, and a span
 * counts until all of it has left the window, so that no sliding window ever holds more than its limit. An open send counts
 * until it has ended and then for a whole window.
 */
export interface Meter {
  /** Takes `weight` of every limit, whether there is room or not. */
  take(weight: number): Slot;
  /** When `weight` fits into every limit behind `ahead` others of weight 1: `now` where it does at once. */
  freeAt(now: number, weight: number, ahead?: number): number;
  /** What is left of the shortest window now, and when more becomes free. */
  quota(now: number): { remaining: number; resetAt: number };
  /** Whether nothing of it is in use, so that it may be forgotten and read from the store again. */
  readonly idle: boolean;
}

/** `spanMs` is the grain in which sends are counted; `openMs` how long a send may be open at most. */
export function createMeter(
  rules: readonly CalendarRule[],
  spanMs: number,
  openMs: number,
  kept: readonly Usage[],
): Meter {
  const spans = new Map<number, number>();
  let open = 0;
  const longest = Math.max(...rules.map(({ windowMs }) => windowMs));
  const add = (at: number, weight: number): void => {
    const span = spanOf(at, spanMs);
    spans.set(span, (spans.get(span) ?? 0) + weight);
  };
  for (const { at, count } of kept) add(at, count);

  function prune(now: number): void {
    for (const [span, count] of spans) {
      // A clock that was set back leaves spans in the future; no send can have ended later than it may be open.
      if (span > now + openMs) {
        spans.delete(span);
        add(now + openMs, count);
      } else if (span + spanMs + longest <= now) spans.delete(span);
    }
  }

  /** When each part of what counts in the window leaves it, soonest first. */
  function returns(now: number, { windowMs }: CalendarRule): [at: number, count: number][] {
    const ended = [...spans]
      .map(([span, count]): [number, number] => [span + spanMs + windowMs, count])
      .filter(([at]) => at > now)
      .toSorted(([a], [b]) => a - b);
    return open === 0 ? ended : [...ended, [now + openMs + spanMs + windowMs, open]];
  }

  const used = (parts: readonly [number, number][]): number =>
    parts.reduce((sum, [, count]) => sum + count, 0);

  function fitsAt(now: number, rule: CalendarRule, wanted: number): number {
    let surplus = open + wanted - rule.limit;
    for (const [span, count] of spans) if (span + spanMs + rule.windowMs > now) surplus += count;
    // Most of the time there is room; then nothing has to be put in order.
    if (surplus <= 0) return now;
    const parts = returns(now, rule);
    let at = now;
    for (const [leaves, count] of parts) {
      if (surplus <= 0) return at;
      surplus -= count;
      at = leaves;
    }
    // Those ahead fill whole windows of their own.
    return at + Math.ceil(Math.max(0, surplus) / rule.limit) * rule.windowMs;
  }

  return {
    take(weight) {
      open += weight;
      let isOpen = true;
      const close = (): boolean => {
        const was = isOpen;
        isOpen = false;
        if (was) open -= weight;
        return was;
      };
      return {
        end: (at) => {
          if (close()) add(at, weight);
        },
        release: () => void close(),
      };
    },
    freeAt(now, weight, ahead = 0) {
      prune(now);
      // A weight beyond a limit leaves once it has the window for itself.
      const wanted = ({ limit }: CalendarRule): number => Math.min(weight, limit) + ahead;
      return Math.max(now, ...rules.map((rule) => fitsAt(now, rule, wanted(rule))));
    },
    quota(now) {
      prune(now);
      const [shortest] = rules.toSorted((a, b) => a.windowMs - b.windowMs);
      if (shortest === undefined) return { remaining: Infinity, resetAt: now };
      const parts = returns(now, shortest);
      const remaining = Math.max(0, shortest.limit - used(parts));
      return { remaining, resetAt: parts[0]?.[0] ?? now };
    },
    get idle() {
      return open === 0;
    },
  };
}

/** Beginning of the span that holds a moment. */
export function spanOf(at: number, spanMs: number): number {
  return Math.floor(at / spanMs) * spanMs;
}
