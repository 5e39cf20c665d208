import { expect, it } from 'vitest';
import { createBreaker, defaultBreakerPolicy, type BreakerState, type Pass } from './breaker.ts';

/**
 * A script and the state it leads to. `+` a request that goes well · `-` one that fails · `?` one without a verdict · `<` begins
 * one that stays open · `)` the oldest open one goes well · `(` it fails · a number lets so many seconds pass · `!` asks whether
 * a request would be let through and expects it · `x` expects that it would not.
 */
const cases: readonly (readonly [string, string, BreakerState])[] = [
  ['starts closed', '!', 'closed'],
  ['stays closed while all goes well', '+ + + + + + + + + + + + !', 'closed'],
  ['does not open below the minimum of requests', '- - - - - - - - - !', 'closed'],
  ['opens at the minimum when all fail', '- - - - - - - - - - x', 'open'],
  ['opens when half fail', '+ - + - + - + - + - x', 'open'],
  ['does not open when less than half fail', '+ + - + + - + + - + + - !', 'closed'],
  ['forgets failures older than the window', '- - - - - 11 - - - - - !', 'closed'],
  ['still counts failures inside the window', '- - - - - 8 - - - - - x', 'open'],
  ['counts requests without a verdict as none', '- - - - - - - - - ? ? ? !', 'closed'],
  ['stays open for ten seconds', '- - - - - - - - - - 9 x', 'open'],
  ['is half open after ten seconds', '- - - - - - - - - - 10 !', 'half_open'],
  ['lets one trial through while half open', '- - - - - - - - - - 10 < x', 'half_open'],
  ['frees the place of a trial without a verdict', '- - - - - - - - - - 10 ? !', 'half_open'],
  ['needs two trials to close', '- - - - - - - - - - 10 + !', 'half_open'],
  ['closes after two trials', '- - - - - - - - - - 10 + + !', 'closed'],
  ['opens again when a trial fails', '- - - - - - - - - - 10 + - x', 'open'],
  ['stays open twice as long the second time', '- - - - - - - - - - 10 - 19 x', 'open'],
  ['is half open again after that', '- - - - - - - - - - 10 - 20 !', 'half_open'],
  ['starts counting anew once closed', '- - - - - - - - - - 10 + + - - - - - - - - - !', 'closed'],
  [
    'takes ten seconds again after it was closed',
    '- - - - - - - - - - 10 - 20 + + - - - - - - - - - - 10 !',
    'half_open',
  ],
  ['ignores a failure that began before it opened', '< - - - - - - - - - - 10 ( !', 'half_open'],
  ['ignores a success that began before it opened', '< - - - - - - - - - - 10 + ) !', 'half_open'],
];

it.each(cases)('%s', (_, script, expected) => {
  let clock = 5_000_000;
  const breaker = createBreaker(() => clock, defaultBreakerPolicy);
  const open: Pass[] = [];
  for (const step of script.split(' ')) {
    if (/^\d+$/.test(step)) clock += Number(step) * 1_000;
    else if (step === '!') expect(breaker.permits()).toBe(true);
    else if (step === 'x') expect(breaker.permits()).toBe(false);
    else if (step === '<') open.push(breaker.begin());
    else if (step === ')' || step === '(') {
      const pass = open.shift();
      if (pass === undefined) throw new Error('no request is open');
      if (step === ')') breaker.succeeded(pass);
      else breaker.failed(pass);
    } else {
      expect(breaker.permits()).toBe(true);
      const pass = breaker.begin();
      if (step === '+') breaker.succeeded(pass);
      else if (step === '-') breaker.failed(pass);
      else breaker.abandoned(pass);
    }
  }
  expect(breaker.state()).toBe(expected);
});
