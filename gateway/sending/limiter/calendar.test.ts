import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCalendar, type Calendar, type Slot } from './calendar.ts';

const RULE = { limit: 20, windowMs: 60_000 };
const OPEN_MS = 10_000;

function fresh(ends: readonly number[] = [], pausedUntil = 0): Calendar {
  return createCalendar(RULE, OPEN_MS, { ends, pausedUntil });
}

/** One step of a made-up day: time passes, a send is tried, one under way ends or is lost, the program restarts. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass'), ms: fc.nat(20_000) }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('send'), ms: fc.nat(50) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('end'), ms: fc.nat(9_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose'), ms: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart'), ms: fc.nat(5_000) }) },
);

describe('a robot’s calendar', () => {
  it('never lets WeCom see more than 20 in any 60 s, whenever it counts, over restarts too (R16)', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        let now = 1_000_000;
        let calendar = fresh();
        /** Sends that reached WeCom, as intervals: it counted them somewhere inside. */
        const seen: { from: number; to: number }[] = [];
        let open: { from: number; slot: Slot }[] = [];
        for (const { kind, ms } of steps) {
          now += ms;
          if (kind === 'send') {
            const slot = calendar.reserve(now);
            if (slot !== null) open.push({ from: now, slot });
          } else if (kind === 'end' || kind === 'lose') {
            const send = open.shift();
            if (send === undefined) continue;
            const to = Math.min(now, send.from + OPEN_MS);
            if (kind === 'lose') send.slot.release();
            else {
              send.slot.end(to);
              seen.push({ from: send.from, to });
            }
          } else if (kind === 'restart') {
            // What was open is kept with its latest possible end, as the store does.
            seen.push(...open.map(({ from }) => ({ from, to: from + OPEN_MS })));
            open = [];
            const ends = seen.map(({ to }) => to).filter((to) => to > now - RULE.windowMs);
            calendar = fresh(ends);
          }
        }
        seen.push(...open.map(({ from }) => ({ from, to: from + OPEN_MS })));
        // The worst case for a window that ends at one send's start: all that may have been counted within 60 s before it.
        for (const { from } of seen) {
          const within = seen.filter(
            (other) => other.from <= from && other.to > from - RULE.windowMs,
          );
          expect(within.length).toBeLessThanOrEqual(RULE.limit);
        }
      }),
    );
  });

  it('says when the next may leave, and holds to it', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(59_999), { maxLength: 20 }), fc.nat(100), (ages, ahead) => {
        const now = 1_000_000;
        const calendar = fresh(ages.map((age) => now - age));
        const eta = calendar.freeAt(now, ahead);
        let clock = now;
        for (let sent = 0; sent <= ahead; sent += 1) {
          clock = Math.max(clock, calendar.freeAt(clock));
          const slot = calendar.reserve(clock);
          expect(slot).not.toBeNull();
          slot?.end(clock);
        }
        expect(clock).toBe(eta);
      }),
    );
  });

  it('rests while it is paused, and a clock that was set back does not stop it for long', () => {
    const paused = fresh();
    paused.pause(1_060_000);
    expect(paused.reserve(1_000_000)).toBeNull();
    expect(paused.quota(1_000_000)).toEqual({ remaining: 0, resetAt: 1_060_000 });
    expect(paused.reserve(1_060_000)).not.toBeNull();
    const future = fresh(
      Array.from({ length: 20 }, () => 9_000_000),
      9_000_000,
    );
    expect(future.freeAt(1_000_000)).toBe(1_000_000 + OPEN_MS + RULE.windowMs);
  });
});
