import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMeter } from './meter.ts';

const SPAN = 1_000;
const OPEN = 10_000;
const minute = { limit: 30, windowMs: 60_000 };
const hour = { limit: 100, windowMs: 3_600_000 };

describe('a meter', () => {
  it('never lets more than its limit into any sliding window, whenever WeCom counts, over restarts too', () => {
    const step = fc.record({
      wait: fc.nat(20_000),
      took: fc.nat(OPEN - 1),
      counted: fc.double({ min: 0, max: 1, noNaN: true }),
      restart: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 60, maxLength: 200 }), (steps) => {
        let now = 1_700_000_000_123;
        let kept: { at: number; count: number }[] = [];
        let meter = createMeter([minute, hour], SPAN, OPEN, kept);
        const seen: number[] = [];
        for (const { wait, took, counted, restart } of steps) {
          now += Math.round(wait / 10);
          if (restart) meter = createMeter([minute, hour], SPAN, OPEN, kept);
          const free = meter.freeAt(now, 1);
          if (free > now) {
            // Its word is kept: then there is room.
            expect(createMeter([minute, hour], SPAN, OPEN, kept).freeAt(free, 1)).toBe(free);
            continue;
          }
          const slot = meter.take(1);
          seen.push(now + Math.round(counted * took));
          now += took;
          slot.end(now);
          kept = [...kept, { at: Math.floor(now / SPAN) * SPAN, count: 1 }];
        }
        for (const { limit, windowMs } of [minute, hour]) {
          for (const [first, from] of seen.entries()) {
            const inside = seen.slice(first).filter((at) => at < from + windowMs);
            expect(inside.length).toBeLessThanOrEqual(limit);
          }
        }
      }),
      { numRuns: 30, endOnFailure: true },
    );
  });

  it('counts what is open, and gives back what never left', () => {
    const meter = createMeter([{ limit: 2, windowMs: 60_000 }], SPAN, OPEN, []);
    const now = 1_000_000;
    const first = meter.take(1);
    meter.take(1);
    expect(meter.idle).toBe(false);
    expect(meter.freeAt(now, 1)).toBe(now + OPEN + SPAN + 60_000);
    first.release();
    first.release();
    expect(meter.freeAt(now, 1)).toBe(now);
    expect(meter.quota(now).remaining).toBe(1);
  });

  it('estimates a place in the queue by whole windows', () => {
    const meter = createMeter([{ limit: 10, windowMs: 60_000 }], SPAN, OPEN, [
      { at: 0, count: 10 },
    ]);
    expect(meter.freeAt(500, 1, 0)).toBe(61_000);
    expect(meter.freeAt(500, 1, 9)).toBe(61_000);
    expect(meter.freeAt(500, 1, 10)).toBe(121_000);
    expect(meter.freeAt(500, 1, 20)).toBe(181_000);
  });

  it('lets a weight beyond its limit through alone, and forgives a clock that was set back', () => {
    const heavy = createMeter([{ limit: 10, windowMs: 60_000 }], SPAN, OPEN, [{ at: 0, count: 1 }]);
    expect(heavy.freeAt(500, 25)).toBeLessThanOrEqual(181_000);
    const ahead = createMeter([minute], SPAN, OPEN, [{ at: 9_000_000, count: 30 }]);
    expect(ahead.freeAt(0, 1)).toBeLessThanOrEqual(OPEN + SPAN + 60_000);
  });
});
