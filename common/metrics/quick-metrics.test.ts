import { Counter, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { quickCounter, quickHistogram } from './quick-metrics.ts';

const buckets = [0.01, 0.1, 1];
const observed: readonly (readonly [string, string, number])[] = [
  ['relay', 'a', 0.005],
  ['relay', 'a', 0.01],
  ['origin', 'b"\n', 0.0101],
  ['relay', 'b"\n', 2],
  ['origin', 'a', Number.NaN],
];

describe('quick metrics', () => {
  it.each([[['source', 'kind']], [['source']], [[]]] as const)(
    'are the text that prom-client makes of the same observations, by %j',
    async (labelNames) => {
      const ours = new Registry();
      const theirs = new Registry();
      const named = <T>(all: { source: T; kind: T }): Partial<Record<'source' | 'kind', T>> =>
        Object.fromEntries(labelNames.map((name) => [name, all[name]]));
      const time = { name: 'x_seconds', help: 'Some.', labelNames: [...labelNames] };
      const count = { name: 'x_total', help: 'Some.', labelNames: [...labelNames] };
      const quick = quickHistogram({ ...time, buckets, registry: ours });
      const counter = quickCounter({ ...count, registry: ours });
      const plain = new Histogram({ ...time, buckets, registers: [theirs] });
      const plainCounter = new Counter({ ...count, registers: [theirs] });
      for (const [source, kind, value] of observed) {
        const labels = named({ source, kind });
        counter.inc(labels);
        plainCounter.inc(labels);
        quick.observe(labels, value);
        if (Number.isFinite(value)) plain.observe(labels, value);
      }
      counter.inc(named({ source: 'new', kind: 'new' }), 0);
      plainCounter.inc(named({ source: 'new', kind: 'new' }), 0);
      expect(lines(await ours.metrics())).toEqual(lines(await theirs.metrics()));
      expect(await ours.metrics()).toMatch(/x_seconds_count(?:\{.*\})? [1-4]/);
    },
  );

  it('count on from scrape to scrape', async () => {
    const registry = new Registry();
    const counter = quickCounter({
      ...{ name: 'x_total', help: 'Some.', registry },
      labelNames: ['code', 'source'],
    });
    counter.inc({ code: 200, source: 'origin' });
    counter.inc({ code: '200', source: 'origin' });
    expect(await registry.metrics()).toContain('x_total{code="200",source="origin"} 2');
    counter.inc({ code: 200, source: 'origin' }, 3);
    expect(await registry.metrics()).toContain('x_total{code="200",source="origin"} 5');
    registry.resetMetrics();
    expect(await registry.metrics()).not.toContain('origin');
  });
});

function lines(text: string): string[] {
  return text.trim().split('\n').toSorted();
}
