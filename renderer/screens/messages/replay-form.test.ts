import { expect, it } from 'vitest';
import { ReplayRequest } from '../../../common/domain/replay.ts';
import { emptyReplay, replayOf, type ReplayForm } from './replay-form.ts';

const NOW = Date.UTC(2026, 10, 4, 6);
const wrong = (part: Partial<ReplayForm>): string[] => [
  ...Object.keys(replayOf({ ...emptyReplay, ...part }, NOW).wrong),
];

it('asks for the last hour along today’s routes when nothing else is said', () => {
  const { request } = replayOf(emptyReplay, NOW);
  expect(ReplayRequest.parse(request)).toEqual({
    messages: { from: NOW - 3_600_000, to: NOW },
    destination: { kind: 'original' },
    perSecond: 20,
  });
});

it('takes a span, a bot, a type and a user, and another service or address', () => {
  const part = {
    bot: 'orders',
    type: ' text ',
    user: 'li',
    goal: 'target',
    target: 'svc',
  } as const;
  const between = { span: 'between', from: '2026-11-04T01:00', to: '2026-11-04T02:00' } as const;
  const { request } = replayOf({ ...emptyReplay, ...part, ...between }, NOW);
  expect(request.messages).toMatchObject({ bot: 'orders', type: 'text', user: 'li' });
  expect((request.messages.to ?? 0) - (request.messages.from ?? 0)).toBe(3_600_000);
  expect(request.destination).toEqual({ kind: 'target', target: 'svc' });
});

it('says which fields are not right yet', () => {
  expect(wrong({})).toEqual([]);
  expect(wrong({ span: 'between' })).toEqual(['from', 'to']);
  expect(wrong({ span: 'between', from: '2026-11-04T02:00', to: '2026-11-04T01:00' })).toEqual([
    'to',
  ]);
  expect(wrong({ goal: 'target' })).toEqual(['target']);
  expect(wrong({ goal: 'callback', url: 'test' })).toEqual(['url']);
  expect(wrong({ perSecond: '0' })).toEqual(['perSecond']);
  expect(wrong({ user: 'x'.repeat(65) })).toEqual(['user']);
});
