import { Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { quickCounter, quickHistogram } from './quick-metrics.ts';

const buckets = [0.01, 0.1, 1];
const observed: readonly (readonly [string, number])[] = [
  ['relay', 0.005],
  ['relay', 0.01],
  ['origin', 0.0101],
  ['relay', 2],
  ['origin', Number.NaN],
];

describe('quick metrics', () => {
  it('are the text that prom-client makes of the same observations', async () => {
    const ours = new Registry();
    const theirs = new Registry();
    const parts = { name: 'x_seconds', help: 'Some.' };
    const quick = quickHistogram({ ...parts, label: 'source', buckets, registry: ours });
    const plain = new Histogram({ ...parts, labelNames: ['source'], buckets, registers: [theirs] });
    for (const [source, value] of observed) {
      quick.observe(source, value);
      if (Number.isFinite(value)) plain.observe({ source }, value);
    }
    expect(lines(await ours.metrics())).toEqual(lines(await theirs.metrics()));
    expect(await ours.metrics()).toContain('x_seconds_bucket{le="+Inf",source="relay"} 3');
  });

  it('count on from scrape to scrape', async () => {
    const registry = new Registry();
    const counter = quickCounter({
      ...{ name: 'x_total', help: 'Some.', registry },
      labels: ['code', 'source'],
    });
    counter.inc('200', 'origin');
    counter.inc('200', 'origin');
    expect(await registry.metrics()).toContain('x_total{code="200",source="origin"} 2');
    counter.inc('200', 'origin');
    counter.inc('502', 'relay');
    expect(await registry.metrics()).toContain('x_total{code="200",source="origin"} 3');
    expect(await registry.metrics()).toContain('x_total{code="502",source="relay"} 1');
  });
});

function lines(text: string): string[] {
  return text.trim().split('\n').toSorted();
}
