import { METRICS, type MetricName, type MetricSpec } from './metrics.ts';

/** One value of a metric; labels in the order of its definition. */
export interface Sample {
  readonly labels: readonly string[];
  readonly value: number;
}

/** One histogram: how many values were at most each bound, in ascending order, their number and their sum. */
export interface HistogramSample {
  readonly labels: readonly string[];
  readonly buckets: readonly { readonly atMost: number; readonly count: number }[];
  readonly count: number;
  readonly sum: number;
}

/** What is known of each metric; one without samples is left out. */
export type Measured = { readonly [Name in MetricName]?: readonly (Sample | HistogramSample)[] };

/** The content type of `expositionText`. */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Metrics in the text format of Prometheus (prometheus.io, "Exposition formats", version 0.0.4). */
export function expositionText(measured: Measured): string {
  return namesOf(METRICS)
    .flatMap((name) => {
      const samples = measured[name] ?? [];
      const spec: MetricSpec = METRICS[name];
      if (samples.length === 0) return [];
      const lines = samples.flatMap((sample) => linesOf(name, spec.labels, sample));
      return [`# HELP ${name} ${escaped(spec.help)}`, `# TYPE ${name} ${spec.type}`, ...lines];
    })
    .map((line) => `${line}\n`)
    .join('');
}

function namesOf<Name extends string>(of: Readonly<Record<Name, unknown>>): readonly Name[] {
  return Object.keys(of) as Name[];
}

function linesOf(name: string, names: readonly string[], sample: Sample | HistogramSample): readonly string[] {
  const labels = names.map((label, at): readonly [string, string] => [label, sample.labels[at] ?? '']);
  if ('value' in sample) return [line(name, labels, sample.value)];
  return [
    ...sample.buckets.map(({ atMost, count }) =>
      line(`${name}_bucket`, [...labels, ['le', numberText(atMost)]], count),
    ),
    line(`${name}_bucket`, [...labels, ['le', '+Inf']], sample.count),
    line(`${name}_sum`, labels, sample.sum),
    line(`${name}_count`, labels, sample.count),
  ];
}

function line(name: string, labels: readonly (readonly [string, string])[], value: number): string {
  const pairs = labels.map(([label, text]) => `${label}="${escaped(text).replaceAll('"', '\\"')}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${numberText(value)}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}
