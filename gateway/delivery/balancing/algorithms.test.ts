import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createChoose, type Candidate } from './algorithms.ts';
import { createRetryBudget, defaultRetryPolicy } from './retry-budget.ts';

const candidate = (id: string, more: Partial<Candidate> = {}): Candidate => ({
  id,
  weight: 1,
  share: 1,
  inFlight: 0,
  ...more,
});
/** A generator with a seed, so that a run can be repeated. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
function tally(ids: readonly (string | undefined)[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const id of ids) counts[id ?? 'none'] = (counts[id ?? 'none'] ?? 0) + 1;
  return counts;
}

describe('in turn', () => {
  it('round robin gives each the same, weights or not', () => {
    const choose = createChoose('round_robin', Math.random);
    const candidates = [candidate('a', { weight: 5 }), candidate('b'), candidate('c')];
    const ids = Array.from({ length: 9 }, () => choose(candidates, null)?.id);
    expect(ids).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'a', 'b', 'c']);
  });

  it('weighted gives each its weight, spread evenly', () => {
    const choose = createChoose('weighted', Math.random);
    const candidates = [candidate('a', { weight: 5 }), candidate('b'), candidate('c')];
    const ids = Array.from({ length: 7 }, () => choose(candidates, null)?.id);
    expect(ids.join('')).toBe('aabacaa');
  });

  it('holds to the weights within one request over any number of them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 300 }),
        (weights, requests) => {
          const choose = createChoose('weighted', Math.random);
          const candidates = weights.map((weight, index) => candidate(String(index), { weight }));
          const total = weights.reduce((sum, weight) => sum + weight, 0);
          const counts = tally(
            Array.from({ length: requests }, () => choose(candidates, null)?.id),
          );
          weights.forEach((weight, index) => {
            const due = (requests * weight) / total;
            expect(Math.abs((counts[String(index)] ?? 0) - due)).toBeLessThanOrEqual(
              weights.length,
            );
          });
        },
      ),
    );
  });

  it('a slow start takes a tenth of the turns', () => {
    const choose = createChoose('round_robin', Math.random);
    const candidates = [candidate('a'), candidate('b', { share: 0.1 })];
    const ids = Array.from({ length: 110 }, () => choose(candidates, null)?.id);
    expect(tally(ids)).toEqual({ a: 100, b: 10 });
  });
});

it('least in flight takes the idlest for its weight, and turns among equals', () => {
  const choose = createChoose('least_inflight', Math.random);
  const busy = [
    candidate('a', { inFlight: 3 }),
    candidate('b', { inFlight: 2 }),
    candidate('c', { inFlight: 5, weight: 4 }),
  ];
  expect(choose(busy, null)?.id).toBe('c');
  const idle = [candidate('a'), candidate('b')];
  expect(tally(Array.from({ length: 10 }, () => choose(idle, null)?.id))).toEqual({ a: 5, b: 5 });
});

it('two choices never take the most loaded of three', () => {
  const choose = createChoose('p2c', seeded(7));
  const candidates = [
    candidate('a'),
    candidate('b', { inFlight: 1 }),
    candidate('c', { inFlight: 9 }),
  ];
  const counts = tally(Array.from({ length: 300 }, () => choose(candidates, null)?.id));
  expect(counts['c']).toBeUndefined();
  expect(counts['a']).toBeGreaterThan(counts['b'] ?? 0);
});

describe('hash', () => {
  const choose = createChoose('hash', Math.random);
  const keys = Array.from({ length: 2_000 }, (_, index) => `chat-${index}`);

  it('keeps a conversation where it is', () => {
    const candidates = [candidate('a'), candidate('b'), candidate('c')];
    for (const key of keys.slice(0, 50)) {
      expect(choose(candidates, key)?.id).toBe(choose(candidates.toReversed(), key)?.id);
    }
  });

  it('moves only the keys of the target that goes', () => {
    const candidates = [candidate('a'), candidate('b'), candidate('c')];
    const place = (some: readonly Candidate[]) => keys.map((key) => choose(some, key)?.id);
    const after = place(candidates.slice(0, 2));
    const moved = place(candidates).filter((id, index) => id !== 'c' && id !== after[index]);
    expect(moved).toEqual([]);
  });

  it('spreads keys by weight', () => {
    const candidates = [candidate('a', { weight: 3 }), candidate('b')];
    const counts = tally(keys.map((key) => choose(candidates, key)?.id));
    expect(counts['a']).toBeGreaterThan(1_400);
    expect(counts['a']).toBeLessThan(1_600);
  });
});

it.each(['round_robin', 'weighted', 'least_inflight', 'p2c', 'hash'] as const)(
  '%s chooses nothing of nothing, and the only one of one',
  (balance) => {
    const choose = createChoose(balance, Math.random);
    expect(choose([], 'key')).toBeUndefined();
    expect(choose([candidate('a')], 'key')?.id).toBe('a');
  },
);

describe('a retry budget', () => {
  it('R11: retries stay below a fifth of the requests and three in every window, all failing at 1,000/s', () => {
    let clock = 0;
    const budget = createRetryBudget(() => clock, defaultRetryPolicy);
    let requests = 0;
    let retries = 0;
    for (; clock < 10_000; clock += 1) {
      budget.request();
      requests += 1;
      if (budget.retry()) retries += 1;
      expect(requests + retries).toBeLessThanOrEqual(1.2 * requests + 3);
    }
    expect(retries).toBe(2_003);
  });

  it('allows three on a quiet system, and three again ten seconds later', () => {
    let clock = 0;
    const budget = createRetryBudget(() => clock, { ...defaultRetryPolicy, ratio: 0 });
    expect([1, 2, 3, 4].map(() => budget.retry())).toEqual([true, true, true, false]);
    clock += 10_000;
    expect(budget.retry()).toBe(true);
  });
});
