import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatHash, parseHash } from './router.ts';

it('reads what it writes', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9-]{1,63}$/), (name) => {
      expect(parseHash(formatHash('tunnels', name, 'domains'))).toEqual({
        screen: 'tunnels',
        param: name,
        tab: 'domains',
      });
    }),
  );
});

it('takes whatever was typed', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(parseHash(`#${text}`).screen).toBeTruthy();
    }),
  );
  expect(parseHash('#/nowhere')).toEqual({ screen: 'overview', param: null, tab: null });
  expect(parseHash('#/tunnels/%E0%A4%A')).toMatchObject({ param: '%E0%A4%A' });
});
