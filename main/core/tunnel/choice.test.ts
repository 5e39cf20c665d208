import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseEgress, type Candidate } from './egress-choice.ts';
import { isFailing, judge, unknownHealth } from './health.ts';

const relay = (key: string, more: Partial<Candidate> = {}): Candidate => ({
  key,
  online: true,
  failing: false,
  steadySince: 0,
  untrusted: false,
  ...more,
});

const anyRelay = (key: string): fc.Arbitrary<Candidate> =>
  fc.record({
    key: fc.constant(key),
    online: fc.boolean(),
    failing: fc.boolean(),
    steadySince: fc.option(fc.nat(100_000)),
    untrusted: fc.boolean(),
  });

describe('three consecutive failures', () => {
  const failuresAfter = (checks: string): boolean => {
    let health = unknownHealth;
    let now = 0;
    for (const check of checks) health = judge(health, check === 'S', (now += 10));
    return isFailing(health, 3);
  };

  it.each([
    ['FFF', true],
    ['FFSFFSFFS', false],
    ['FFSFF', false],
    ['SSSFFF', true],
    ['FFFS', false],
  ])('%s', (checks, failing) => {
    expect(failuresAfter(checks)).toBe(failing);
  });

  it('is what it says, for any history', () => {
    expect.hasAssertions();
    fc.assert(
      fc.property(fc.array(fc.constantFrom('F', 'S')), (checks) => {
        expect(failuresAfter(checks.join(''))).toBe(checks.join('').endsWith('FFF'));
      }),
    );
  });
});

describe('the way out', () => {
  const choose = (current: string | null, ...candidates: Candidate[]): string | null =>
    chooseEgress(current, candidates, 100_000, 30_000);

  it('is the preferred relay, and stays where it is while that works', () => {
    expect(choose(null, relay('a'), relay('b'))).toBe('a');
    expect(choose('b', relay('a', { steadySince: 90_000 }), relay('b'))).toBe('b');
  });

  it('goes back to the preferred relay once that is steady', () => {
    expect(choose('b', relay('a', { steadySince: 70_000 }), relay('b'))).toBe('a');
    expect(choose('b', relay('a', { steadySince: null }), relay('b'))).toBe('b');
  });

  it('moves at once from a relay that is lost, and from one that fails', () => {
    expect(choose('a', relay('a', { online: false }), relay('b'))).toBe('b');
    expect(choose('a', relay('a', { failing: true }), relay('b'))).toBe('b');
    expect(choose('a', relay('a', { failing: true }), relay('b', { online: false }))).toBe('a');
  });

  it('never moves to an address that WeCom does not trust', () => {
    expect(choose('a', relay('a', { online: false }), relay('b', { untrusted: true }))).toBe(null);
    expect(choose('a', relay('a', { untrusted: true }), relay('b'))).toBe('b');
    expect(choose('b', relay('a', { untrusted: true }), relay('b'))).toBe('b');
  });

  it('tries on where WeCom trusts none, so that a mended list is noticed', () => {
    expect(choose('a', relay('a', { untrusted: true }))).toBe('a');
    expect(choose(null, relay('a', { untrusted: true }), relay('b', { untrusted: true }))).toBe(
      'a',
    );
  });

  it('is a relay that is online, and a trusted one where there is any', () => {
    expect.hasAssertions();
    fc.assert(
      fc.property(
        fc.tuple(anyRelay('a'), anyRelay('b'), anyRelay('c')),
        fc.constantFrom(null, 'a', 'b', 'c', 'gone'),
        (relays, current) => {
          const chosen = relays.find(({ key }) => key === choose(current, ...relays));
          const someTrusted = relays.some(({ untrusted }) => !untrusted);
          const usable = relays.filter((one) => one.online && !(one.untrusted && someTrusted));
          expect(chosen === undefined).toBe(usable.length === 0);
          expect(chosen === undefined || usable.includes(chosen)).toBe(true);
        },
      ),
    );
  });
});
