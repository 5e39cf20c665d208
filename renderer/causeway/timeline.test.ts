import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createTranslate } from '../../common/i18n/translate.ts';
import { exampleRow } from '../testing/messages.ts';
import { share, timelineView } from './timeline.ts';
import { wrap } from './wrap.ts';

const words = { t: createTranslate('en'), locale: 'en' } as const;
const row = { ...exampleRow(1, 0), direction: 'in', outcome: 'replied', error: null } as const;

it('shows the milliseconds of each span in the order of the way', () => {
  const spans = { tunnelMs: 14, gatewayMs: 6, serviceMs: 212 };
  const inbound = timelineView({ row, spans }, words).spans;
  expect(inbound.map(({ name, figure, line }) => [name, figure, line])).toEqual([
    ['Relay and tunnel', '14 ms', 'solid'],
    ['Gateway', '6 ms', 'solid'],
    ['Service', '212 ms', 'solid'],
  ]);
  const out = timelineView(
    {
      row: { ...row, direction: 'out', outcome: 'delivered' },
      spans: { ...spans, tunnelMs: null },
    },
    words,
  ).spans;
  expect(out.map(({ id, line }) => [id, line])).toEqual([
    ['gateway', 'solid'],
    ['tunnel', 'dashed'],
    ['service', 'solid'],
  ]);
});

it('breaks the last span where the service failed, with the cause', () => {
  const failed = {
    ...row,
    outcome: 'failed',
    error: { code: 'TARGET_TIMEOUT', params: {} },
  } as const;
  const last = timelineView(
    { row: failed, spans: { tunnelMs: 1, gatewayMs: 1, serviceMs: 4200 } },
    words,
  ).spans[2];
  expect(last).toMatchObject({ line: 'broken', tone: 'bad', cause: 'Too slow', figure: '4.2 s' });
});

it('divides the whole width and leaves no span too narrow for its words', () => {
  const times = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), {
    minLength: 3,
    maxLength: 3,
  });
  fc.assert(
    fc.property(times, (each) => {
      const parts = share(each);
      expect(parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(1, 9);
      for (const part of parts) expect(part).toBeGreaterThanOrEqual(0.22 - 1e-9);
    }),
  );
});

it('breaks words into at most two lines and loses none', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.integer({ min: 10, max: 300 }),
      (text, width) => {
        const lines = wrap(text, width);
        expect(lines.length).toBeLessThanOrEqual(2);
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
      },
    ),
  );
  expect(wrap('Certificate revoked', 90)).toEqual(['Certificate', 'revoked']);
  expect(wrap('证书不被接受', 60)).toEqual(['证书不', '被接受']);
});
