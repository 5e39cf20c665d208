import { expect, it } from 'vitest';
import * as device from '../../main/core/http2/testing/assail.ts';
import * as relay from '../../relay/http2/testing/assail.ts';

it.each([
  ['relay', 'devices', relay.assail],
  ['device', 'relays', device.assail],
])(
  'the %s survives a million %s that send anything',
  { timeout: 3_600_000 },
  async (...[, , assail]) => {
    const { defects, unclean, growth } = await assail(1_000_000, 9_113);
    expect(defects).toEqual([]);
    expect(unclean).toBe(0);
    expect(growth).toBeLessThan(16 << 20);
  },
);
