import { expect, it } from 'vitest';
import type { TargetView } from '../../common/domain/bot.ts';
import { busyTargets, workingTarget } from '../testing/targets.ts';
import { isFailing, targetCondition, targetTone } from './target-condition.ts';

const target: TargetView = {
  ...workingTarget,
  id: 'orders',
  url: 'http://10.0.0.1/wecom',
  secret: { set: false },
};

it.each<[Partial<TargetView>, string, string, boolean]>([
  [{}, 'healthy', 'ok', false],
  [{ healthy: null }, 'untried', 'idle', false],
  [{ healthy: false }, 'failed', 'warn', true],
  [{ healthy: false, state: 'down' }, 'down', 'bad', true],
  [{ websocket: true, url: '', state: 'down', healthy: null }, 'noSubscriber', 'bad', true],
  [{ websocket: true, url: '', subscribers: 1, healthy: null }, 'healthy', 'ok', false],
  [{ state: 'ejected', breaker: 'open' }, 'ejected', 'warn', true],
  // A breaker that lets one message through as a trial is neither out nor well yet.
  [{ state: 'ejected', breaker: 'half_open' }, 'halfOpen', 'busy', false],
  // What an operator wants comes before what is wrong with it.
  [{ draining: true, state: 'down', healthy: false }, 'draining', 'idle', false],
])('%o is %s', (part, condition, tone, fails) => {
  const changed = { ...target, ...part };
  expect(targetCondition(changed)).toBe(condition);
  expect(targetTone(changed)).toBe(tone);
  expect(isFailing(changed)).toBe(fails);
});

it('has an example of each condition that an operator meets', () => {
  expect(busyTargets(0).map(targetCondition)).toEqual([
    'healthy',
    'ejected',
    'untried',
    'halfOpen',
    'healthy',
    'draining',
  ]);
});
