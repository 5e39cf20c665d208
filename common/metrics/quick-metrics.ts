/**
 * Counters and histograms for what is counted several times a request: prom-client checks, hashes and copies the labels of
 * each observation. These keep their series in plain numbers and take Prometheus' form when a registry asks for it.
 */
export type Labels<Name extends string> = Readonly<Partial<Record<Name, string | number>>>;

/** One sample as prom-client's registry writes it. */
export interface Sample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly metricName?: string;
}

/** What a registry of prom-client asks of a metric. */
export interface QuickMetric {
  readonly name: string;
  readonly help: string;
  get(): Promise<{
    readonly name: string;
    readonly help: string;
    readonly type: 'counter' | 'histogram';
    readonly aggregator: 'sum';
    readonly values: readonly Sample[];
  }>;
  reset(): void;
}

/** What a metric is registered with; prom-client's own type wants its own classes. */
export interface QuickRegistry {
  registerMetric(metric: never): void;
}

interface Description<Name extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly Name[];
  readonly registry: QuickRegistry;
}

export interface QuickCounter<Name extends string> {
  /** Adds `value`, 1 unless said; 0 makes the series known. */
  inc(labels?: Labels<Name>, value?: number): void;
}

export function quickCounter<Name extends string>(
  description: Description<Name>,
): QuickCounter<Name> {
  const { name, help, labelNames, registry } = description;
  const series = createSeries(labelNames, () => ({ value: 0 }));
  // Like prom-client: one without labels is there from the start.
  if (labelNames.length === 0) series.of(none());
  const metric: QuickMetric = {
    name,
    help,
    get: () =>
      Promise.resolve({
        ...{ name, help, type: 'counter', aggregator: 'sum' },
        values: series.all().map(({ labels, state }) => ({ labels, value: state.value })),
      }),
    reset: () => series.clear(),
  };
  registry.registerMetric(metric as never);
  return {
    inc: (labels = none(), value = 1) => {
      series.of(labels).value += value;
    },
  };
}

export interface QuickHistogram<Name extends string> {
  /** `value` in the unit of the name; what is not finite is left out. */
  observe(labels: Labels<Name>, value: number): void;
  /** Where there are no labels. */
  observe(value: number): void;
}

interface Buckets {
  /** The last is beyond all bounds; not cumulative. */
  readonly counts: Float64Array;
  sum: number;
}

/** `buckets` are upper bounds, ascending. */
export function quickHistogram<Name extends string>(
  description: Description<Name> & { readonly buckets: readonly number[] },
): QuickHistogram<Name> {
  const { name, help, labelNames, buckets, registry } = description;
  const series = createSeries(labelNames, (): Buckets => ({
    counts: new Float64Array(buckets.length + 1),
    sum: 0,
  }));
  if (labelNames.length === 0) series.of(none());
  const metric: QuickMetric = {
    name,
    help,
    get: () =>
      Promise.resolve({
        ...{ name, help, type: 'histogram', aggregator: 'sum' },
        values: series.all().flatMap(({ labels, state }) => samples(name, labels, state, buckets)),
      }),
    reset: () => series.clear(),
  };
  registry.registerMetric(metric as never);
  return {
    observe: (labels: Labels<Name> | number, given?: number) => {
      const value = typeof labels === 'number' ? labels : (given ?? Number.NaN);
      if (!Number.isFinite(value)) return;
      const state = series.of(typeof labels === 'number' ? none() : labels);
      let at = 0;
      while (at < buckets.length && value > (buckets[at] as number)) at += 1;
      state.counts[at] = (state.counts[at] as number) + 1;
      state.sum += value;
    },
  };
}

function samples(
  name: string,
  labels: Sample['labels'],
  { counts, sum }: Buckets,
  buckets: readonly number[],
): Sample[] {
  const out: Sample[] = [];
  let count = 0;
  for (const [at, bound] of [...buckets, '+Inf'].entries()) {
    count += counts[at] as number;
    out.push({ metricName: `${name}_bucket`, labels: { le: bound, ...labels }, value: count });
  }
  out.push({ metricName: `${name}_sum`, labels, value: sum });
  out.push({ metricName: `${name}_count`, labels, value: count });
  return out;
}

interface Series<Name extends string, State> {
  of(labels: Labels<Name>): State;
  all(): readonly { readonly labels: Sample['labels']; readonly state: State }[];
  clear(): void;
}

/** States by the values of their labels, label by label. */
function createSeries<Name extends string, State>(
  labelNames: readonly Name[],
  create: () => State,
): Series<Name, State> {
  type Entry = { readonly labels: Sample['labels']; readonly state: State };
  const entries = new Map<string, Entry>();
  const [only] = labelNames;
  const keyOf = (labels: Labels<Name>): string => {
    if (labelNames.length === 1 && only !== undefined) return String(labels[only] ?? '');
    let key = '';
    // A control character, which no label has.
    for (const label of labelNames) key += `${labels[label] ?? ''}\u0000`;
    return key;
  };
  return {
    of: (labels) => {
      const key = keyOf(labels);
      const known = entries.get(key);
      if (known !== undefined) return known.state;
      const named: Record<string, string | number> = {};
      for (const label of labelNames) {
        const value = labels[label];
        if (value !== undefined) named[label] = value;
      }
      const made = { labels: named, state: create() };
      entries.set(key, made);
      return made.state;
    },
    all: () => [...entries.values()],
    clear: () => entries.clear(),
  };
}

const empty = {};
/** No labels, of whatever names. */
function none<Name extends string>(): Labels<Name> {
  return empty as Labels<Name>;
}
