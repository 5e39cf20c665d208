import { describe, expect, it } from 'vitest';
import { createNuisance } from './nuisance.ts';

const calm = { waiting: 0 };
const many = (count: number, run: () => void): void => {
  for (let n = 0; n < count; n += 1) run();
};

describe('frames that carry nothing', () => {
  it('are let through up to a thousand a second, and not one more', () => {
    let time = 0;
    const nuisance = createNuisance(calm, () => time);
    many(1_000, nuisance.count);
    time = 999;
    expect(nuisance.count).toThrow('flood');
  });

  it('are counted anew once the second is over', () => {
    let time = 0;
    const nuisance = createNuisance(calm, () => time);
    many(1_000, nuisance.count);
    time = 1_000;
    many(1_000, nuisance.count);
    time = 1_999;
    expect(nuisance.count).toThrow('flood');
  });

  it('are let through four more for each request, of at most 5,000', () => {
    const nuisance = createNuisance(calm, () => 0);
    many(10, nuisance.requested);
    many(1_040, nuisance.count);
    expect(nuisance.count).toThrow('flood');

    const long = createNuisance(calm, () => 0);
    many(6_000, long.requested);
    many(21_000, long.count);
    expect(long.count).toThrow('flood');
  });

  it('end the connection at once where their answers are not read', () => {
    const nuisance = createNuisance({ waiting: (8 << 20) + 1 }, () => 0);
    expect(nuisance.count).toThrow('flood');
  });
});
