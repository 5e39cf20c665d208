import { expect, it } from 'vitest';
import { assail } from '../../relay/http2/testing/assail.ts';

it('survives a million devices that send anything', { timeout: 3_600_000 }, async () => {
  const { defects, unclean, growth } = await assail(1_000_000, 9_113);
  expect(defects).toEqual([]);
  expect(unclean).toBe(0);
  expect(growth).toBeLessThan(16 << 20);
});
