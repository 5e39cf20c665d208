import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StreamIndex } from './stream-index.ts';

interface One {
  readonly id: number;
}
const stream = (id: number): One => ({ id });

describe('the index of streams', () => {
  it('holds what a map would, however long some streams last', () => {
    // How many are opened, and which of the open ones are closed after.
    const steps = fc.array(
      fc.record({
        open: fc.integer({ min: 0, max: 3_000 }),
        close: fc.array(fc.nat(), { maxLength: 50 }),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const index = new StreamIndex<One>();
        const map = new Map<number, One>();
        let next = 1;
        for (const { open, close } of all) {
          for (let n = 0; n < open; n += 1, next += 2) {
            const one = stream(next);
            index.add(one);
            map.set(next, one);
          }
          const ids = [...map.keys()];
          for (const at of close) {
            const id = ids[at % Math.max(1, ids.length)] ?? 1;
            expect(index.delete(id)).toBe(map.delete(id));
            expect(index.get(id)).toBeUndefined();
          }
          expect(index.size).toBe(map.size);
          expect(index.values()).toEqual([...map.values()]);
          for (const [id, one] of map) expect(index.get(id)).toBe(one);
        }
      }),
      { numRuns: 20 },
    );
  });
});
