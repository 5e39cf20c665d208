import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatHash, parseHash } from './router.ts';
import { screenNames } from './screen-names.ts';

it('reads screen, param and query', () => {
  expect(parseHash('#/messages/m_01?outcome=failed&bot=orders')).toEqual({
    screen: 'messages',
    param: 'm_01',
    query: { outcome: 'failed', bot: 'orders' },
  });
  expect(parseHash('#/logs')).toEqual({ screen: 'logs', param: null, query: {} });
});

it('knows no other screens', () => {
  for (const hash of ['', '#', '#/', '#/nowhere', '#/constructor', '#/__proto__/x']) {
    expect(parseHash(hash)).toBeNull();
  }
});

it('reads back whatever it wrote', () => {
  const query = fc.dictionary(
    fc.string({ minLength: 1 }).filter((key) => key !== '__proto__'),
    fc.string(),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...screenNames),
      fc.option(fc.string({ minLength: 1, unit: 'grapheme' })),
      query,
      (screen, param, values) => {
        const route = parseHash(formatHash(screen, param, values));
        expect(route).toEqual({ screen, param, query: { ...values } });
      },
    ),
  );
});

it('throws at nothing that someone may type', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => void parseHash(`#/messages/${text}`)),
  );
  expect(parseHash('#/messages/%E0%A4%A')).toMatchObject({ param: '%E0%A4%A' });
});
