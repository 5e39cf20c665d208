import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createTurnEnd } from './turn-end.ts';

it('does what a turn has given at its end, in order', async () => {
  const atTurnEnd = createTurnEnd();
  const done: string[] = [];
  atTurnEnd(() => done.push('first'));
  await Promise.resolve();
  atTurnEnd(() => done.push('second'));
  expect(done).toEqual([]);
  await turn();
  expect(done).toEqual(['first', 'second']);
});

it('leaves what the work itself gives to the next turn', async () => {
  const atTurnEnd = createTurnEnd();
  const done: string[] = [];
  atTurnEnd(() => {
    done.push('this');
    atTurnEnd(() => done.push('next'));
  });
  await turn();
  expect(done).toEqual(['this']);
  await turn();
  expect(done).toEqual(['this', 'next']);
});
