import { describe, expect, it } from 'vitest';
import { createHealth, defaultHealthPolicy, type Health } from './health.ts';

/** A target and the clock it lives by. */
function start(): { health: Health; advance: (ms: number) => void } {
  let clock = 1_000_000;
  return {
    health: createHealth(() => clock, defaultHealthPolicy),
    advance: (ms) => {
      clock += ms;
    },
  };
}
const times = (count: number, work: () => void): void => {
  for (let done = 0; done < count; done += 1) work();
};

describe('probes', () => {
  it('take a target down after three failures in a row and back after two passes', () => {
    const { health } = start();
    health.probeFailed();
    health.probeFailed();
    health.probePassed();
    expect([health.probeFailed(), health.probeFailed()]).toEqual([false, false]);
    expect(health.condition()).toBe('up');
    expect(health.probeFailed()).toBe(true);
    expect(health.condition()).toBe('down');
    expect(health.probePassed()).toBe(false);
    expect(health.condition()).toBe('down');
    expect(health.probePassed()).toBe(true);
    expect(health.condition()).toBe('up');
  });
});

describe('live requests', () => {
  it('eject a target after three failures in a row, not after three in all', () => {
    const { health } = start();
    health.failed(true);
    health.failed(true);
    health.succeeded(false);
    expect([health.failed(true), health.failed(true), health.failed(true)]).toEqual([
      false,
      false,
      true,
    ]);
    expect(health.condition()).toBe('ejected');
  });

  it('eject for ten seconds times n, five minutes at most', () => {
    const { health, advance } = start();
    times(3, () => health.failed(true));
    const lengths: number[] = [];
    for (let round = 1; round <= 40; round += 1) {
      const until = health.ejectedUntil() ?? 0;
      let length = 0;
      while (health.condition() === 'ejected') {
        advance(1_000);
        length += 1_000;
      }
      expect(until).toBeGreaterThan(0);
      lengths.push(length);
      // Back on probation: one failure is enough.
      expect(health.failed(true)).toBe(true);
    }
    expect(lengths.slice(0, 3)).toEqual([10_000, 20_000, 30_000]);
    expect(lengths.at(-1)).toBe(300_000);
  });

  it('never eject the last target', () => {
    const { health } = start();
    times(50, () => expect(health.failed(false)).toBe(false));
    expect(health.condition()).toBe('up');
  });

  it('an ejection is forgotten once the target has held as long as it was out', () => {
    const { health, advance } = start();
    times(3, () => health.failed(true));
    advance(10_000);
    health.succeeded(false);
    advance(10_000);
    health.succeeded(false);
    times(3, () => health.failed(true));
    expect(health.ejections).toBe(1);
  });

  it('a late answer does not end an ejection; one in a panic does', () => {
    const { health } = start();
    times(3, () => health.failed(true));
    health.succeeded(false);
    expect(health.condition()).toBe('ejected');
    health.succeeded(true);
    expect(health.condition()).toBe('up');
  });
});

describe('a target that comes back', () => {
  it('is given its share over ten seconds', () => {
    const { health, advance } = start();
    expect(health.share()).toBe(1);
    times(3, () => health.failed(true));
    advance(10_000);
    expect(health.share()).toBe(0.1);
    advance(5_000);
    expect(health.share()).toBe(0.5);
    advance(60_000);
    expect(health.share()).toBe(1);
  });

  it('comes back by two probes, the first three times', () => {
    const { health, advance } = start();
    const returns: boolean[] = [];
    for (let round = 0; round < 4; round += 1) {
      while (health.condition() === 'up') health.failed(true);
      advance(2_000);
      health.probePassed();
      returns.push(health.probePassed());
    }
    expect(returns).toEqual([true, true, true, false]);
    expect(health.condition()).toBe('ejected');
  });
});
