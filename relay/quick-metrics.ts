import { Counter, type Histogram, type Registry } from 'prom-client';

/** A histogram with one label, for what is observed several times a request: prom-client makes objects and strings of each. */
export interface QuickHistogram {
  /** `value` in the unit of the name; what is not finite is left out. */
  observe(label: string, value: number): void;
}

export interface QuickOptions {
  readonly name: string;
  readonly help: string;
  readonly registry: Registry;
}

interface Series {
  /** By bucket, the last beyond all bounds; not cumulative. */
  readonly counts: Float64Array;
  sum: number;
}

/** Registers a histogram whose series are kept in plain numbers and put into Prometheus' form when they are asked for. */
export function quickHistogram(
  options: QuickOptions & { readonly label: string; readonly buckets: readonly number[] },
): QuickHistogram {
  const { name, help, label, buckets, registry } = options;
  const series = new Map<string, Series>();
  const get = () => ({
    name,
    help,
    type: 'histogram',
    aggregator: 'sum',
    values: [...series].flatMap(([value, one]) => rows(name, { [label]: value }, one, buckets)),
  });
  const metric = {
    name,
    help,
    get: () => Promise.resolve(get()),
    reset: () => series.clear(),
  };
  // The registry asks a metric for no more than this.
  registry.registerMetric(metric as unknown as Histogram);
  return {
    observe: (value, observed) => {
      if (!Number.isFinite(observed)) return;
      let one = series.get(value);
      if (one === undefined) {
        one = { counts: new Float64Array(buckets.length + 1), sum: 0 };
        series.set(value, one);
      }
      let at = 0;
      while (at < buckets.length && observed > (buckets[at] as number)) at += 1;
      one.counts[at] = (one.counts[at] as number) + 1;
      one.sum += observed;
    },
  };
}

interface Row {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

function rows(
  name: string,
  labels: Readonly<Record<string, string>>,
  { counts, sum }: Series,
  buckets: readonly number[],
): Row[] {
  const out: Row[] = [];
  let count = 0;
  for (const [at, bound] of [...buckets, '+Inf'].entries()) {
    count += counts[at] as number;
    out.push({ metricName: `${name}_bucket`, labels: { le: bound, ...labels }, value: count });
  }
  out.push({ metricName: `${name}_sum`, labels, value: sum });
  out.push({ metricName: `${name}_count`, labels, value: count });
  return out;
}

/** A counter with two labels, in the same way. */
export interface QuickCounter {
  inc(first: string, second: string): void;
}

export function quickCounter(
  options: QuickOptions & { readonly labels: readonly [string, string] },
): QuickCounter {
  const [first, second] = options.labels;
  const pending = new Map<string, Map<string, number>>();
  const counter = new Counter<string>({
    name: options.name,
    help: options.help,
    labelNames: [first, second],
    registers: [options.registry],
    collect: () => {
      for (const [one, counts] of pending) {
        for (const [other, count] of counts) counter.inc({ [first]: one, [second]: other }, count);
      }
      pending.clear();
    },
  });
  return {
    inc: (one, other) => {
      let counts = pending.get(one);
      if (counts === undefined) pending.set(one, (counts = new Map<string, number>()));
      counts.set(other, (counts.get(other) ?? 0) + 1);
    },
  };
}
