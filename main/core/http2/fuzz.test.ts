import { expect, it } from 'vitest';
import { assail } from './testing/assail.ts';

it('survives 20,000 peers that send anything', { timeout: 60_000 }, async () => {
  const { defects, unclean, growth, refused, answered } = await assail(20_000, 20_261);
  expect(defects).toEqual([]);
  expect(unclean).toBe(0);
  expect(growth).toBeLessThan(8 << 20);
  // They got through to the streams often enough to mean something.
  expect(refused).toBeGreaterThan(2_000);
  expect(answered).toBeGreaterThan(2_000);
});
