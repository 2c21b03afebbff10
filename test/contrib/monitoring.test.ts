import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { METRICS, type MetricSpec } from '../../src/domain/metrics.ts';
import { textOf } from '../docs/pages.ts';

const specs: Readonly<Record<string, MetricSpec>> = METRICS;
/** Set by Prometheus, or in the names of buckets. */
const FOREIGN_LABELS = ['instance', 'job', 'le'];

/** Values of a key, at any depth. */
function valuesOf(tree: unknown, key: string): readonly string[] {
  if (typeof tree !== 'object' || tree === null) return [];
  return Object.entries(tree).flatMap(([name, value]) => [
    ...(name === key && typeof value === 'string' ? [value] : []),
    ...valuesOf(value, key),
  ]);
}

/** Fails where a query names a metric or a label that there is none of; returns the metrics. */
function metricsIn(query: string): readonly string[] {
  const names = namesIn(query);
  const labels = [...names.flatMap((name) => specs[name]?.labels ?? []), ...FOREIGN_LABELS];
  for (const [, grouped = ''] of query.matchAll(/\b(?:by|on) \(([^)]*)\)/g)) {
    for (const label of grouped.split(/,\s*/)) assert.ok(labels.includes(label), `by ${label} in ${query}`);
  }
  return names;
}

function namesIn(query: string): readonly string[] {
  return [...query.matchAll(/\b((?:ductile|process)_\w+)(?:\{([^}]*)\})?/g)].flatMap(
    ([, name = '', selectors = '']) => {
      if (name === 'ductile_instance') return [];
      const known = specs[name] ?? specs[name.replace(/_(bucket|sum|count)$/, '')];
      assert.ok(known !== undefined, `${name} in ${query}`);
      assert.equal(/_(bucket|sum|count)$/.test(name), known.type === 'histogram', name);
      for (const [, label = ''] of selectors.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)) {
        assert.ok([...known.labels, ...FOREIGN_LABELS].includes(label), `${label} of ${name} in ${query}`);
      }
      if (known.type !== 'gauge') assert.match(query, new RegExp(`(rate|increase)\\(${name}`), query);
      return [name.replace(/_(bucket|sum|count)$/, '')];
    },
  );
}

describe('contrib/grafana/ductile.json', () => {
  const dashboard: unknown = JSON.parse(textOf('contrib/grafana/ductile.json'));

  it('asks for metrics and labels that there are, counters by their rate', () => {
    const queries = valuesOf(dashboard, 'expr');
    assert.ok(queries.length > 25);
    for (const query of queries) assert.ok(metricsIn(query).length > 0, query);
    for (const query of valuesOf(dashboard, 'definition')) assert.match(query, /^label_values\(\w+, \w+\)$/);
  });

  it('shows every metric', () => {
    const shown = new Set(valuesOf(dashboard, 'expr').flatMap(metricsIn));
    assert.deepEqual(
      Object.keys(METRICS).filter((name) => !shown.has(name)),
      [],
    );
  });

  it('has panels with ids of their own that do not overlap', () => {
    const { panels } = dashboard as {
      readonly panels: readonly { id: number; gridPos: Record<'x' | 'y' | 'w' | 'h', number> }[];
    };
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => {
      assert.ok(x + w <= 24);
      return Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`);
    });
    assert.equal(new Set(cells).size, cells.length);
  });
});

describe('contrib/prometheus/alerts.yml', () => {
  const rules: unknown = parse(textOf('contrib/prometheus/alerts.yml'));

  it('asks for metrics and labels that there are', () => {
    const queries = valuesOf(rules, 'expr');
    assert.ok(queries.length >= 10);
    for (const query of queries) assert.ok(metricsIn(query).length > 0, query);
  });

  it('has a summary and what to do for each alert', () => {
    const { length } = valuesOf(rules, 'alert');
    for (const key of ['expr', 'summary', 'description', 'severity']) {
      assert.equal(valuesOf(rules, key).length, length, key);
    }
    assert.equal(new Set(valuesOf(rules, 'alert')).size, length);
  });

  it('names labels in its texts that the alert has', () => {
    const labels = [...Object.values(specs).flatMap((spec) => spec.labels), ...FOREIGN_LABELS];
    for (const text of [...valuesOf(rules, 'summary'), ...valuesOf(rules, 'description')]) {
      for (const [, label = ''] of text.matchAll(/\$labels\.(\w+)/g)) assert.ok(labels.includes(label), text);
    }
  });
});
