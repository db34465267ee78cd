/** One value of one series, as CloudWatch would have received it. */
export interface Datum {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
  readonly atMs: number;
}

export interface SeriesId {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** The metrics of the local cloud: enough of CloudWatch for its alarms. */
export interface MetricStore {
  put(datum: Datum): void;
  /** Values of one series with `fromMs <= at < toMs`. Dimensions must match exactly, as in CloudWatch. */
  values(series: SeriesId, fromMs: number, toMs: number): number[];
  /** Every series that has ever had a value. */
  series(): SeriesId[];
}

const keptMs = 26 * 3_600_000;
const keptPerSeries = 20_000;

export function newMetricStore(): MetricStore {
  const store = new Map<
    string,
    { readonly id: SeriesId; points: { readonly value: number; readonly atMs: number }[] }
  >();
  return {
    put({ namespace, name, dimensions, value, atMs }) {
      const key = keyOf({ namespace, name, dimensions });
      const entry = store.get(key) ?? { id: { namespace, name, dimensions }, points: [] };
      entry.points.push({ value, atMs });
      if (entry.points.length > keptPerSeries)
        entry.points = entry.points.filter((point) => point.atMs > atMs - keptMs).slice(-keptPerSeries / 2);
      store.set(key, entry);
    },
    values: (series, fromMs, toMs) =>
      (store.get(keyOf(series))?.points ?? [])
        .filter((point) => point.atMs >= fromMs && point.atMs < toMs)
        .map((point) => point.value),
    series: () => [...store.values()].map((entry) => entry.id),
  };
}

function keyOf(series: SeriesId): string {
  const dimensions = Object.entries(series.dimensions).sort(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify([series.namespace, series.name, dimensions]);
}

/** Statistics that CloudWatch computes over the values of one period; `p99` and the like by nearest rank. */
export function statistic(name: string, values: readonly number[]): number | undefined {
  if (name === 'SampleCount' || name === 'n') return values.length === 0 ? undefined : values.length;
  if (values.length === 0) return undefined;
  const sum = values.reduce((total, value) => total + value, 0);
  switch (name) {
    case 'Sum':
      return sum;
    case 'Average':
      return sum / values.length;
    case 'Minimum':
      return Math.min(...values);
    case 'Maximum':
      return Math.max(...values);
  }
  const percentile = /^p(\d+(?:\.\d+)?)$/.exec(name)?.[1];
  if (percentile === undefined) throw new Error(`Statistic ${name} is not supported by the local cloud`);
  const ordered = [...values].sort((left, right) => left - right);
  return ordered[Math.max(0, Math.ceil((Number(percentile) / 100) * ordered.length) - 1)];
}
