import assert from 'node:assert/strict';

/** A metric family as a scraper reads it. */
export interface Family {
  readonly type: string;
  readonly help: string;
  /** Values by sample name and labels, as they are written: `name{a="b"}`. */
  readonly samples: ReadonlyMap<string, number>;
}

const SAMPLE =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\n"])*"(?:,(?!\})|(?=\})))*\})? (\S+)$/;
const VALUE = /^([+-]?\d+(\.\d+)?(e[+-]?\d+)?|NaN|[+-]Inf)$/;
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: [''],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
};

/** Reads the text format of Prometheus and fails on whatever a strict scraper would refuse. */
export function parseExposition(text: string): ReadonlyMap<string, Family> {
  assert.ok(text.endsWith('\n'), 'the last line ends');
  const families = new Map<string, { type: string; help: string; samples: Map<string, number> }>();
  let current = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const help = /^# HELP (\S+) (.+)$/.exec(line);
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
    if (help !== null) {
      current = help[1] ?? '';
      assert.ok(!families.has(current), `${current} is told twice`);
      families.set(current, { type: '', help: help[2] ?? '', samples: new Map() });
    } else if (type !== null) {
      assert.equal(type[1], current);
      const family = families.get(current);
      assert.ok(family !== undefined && family.type === '' && family.samples.size === 0, line);
      family.type = type[2] ?? '';
    } else {
      addSample(line, current, families.get(current));
    }
  }
  for (const [name, family] of families) {
    assert.ok(family.samples.size > 0, `${name} has no samples`);
    if (family.type === 'counter') for (const value of family.samples.values()) assert.ok(value >= 0, name);
    if (family.type === 'histogram') checkHistogram(name, family.samples);
  }
  return families;
}

function addSample(
  line: string,
  current: string,
  family: { type: string; samples: Map<string, number> } | undefined,
): void {
  const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? assert.fail(`no sample: ${line}`);
  assert.match(value, VALUE, line);
  assert.ok(family !== undefined && (SUFFIXES[family.type] ?? []).some((suffix) => name === current + suffix), line);
  assert.ok(!family.samples.has(name + labels), `twice: ${line}`);
  family.samples.set(name + labels, Number(value.replace('Inf', 'Infinity')));
}

/** Buckets grow to the count, which the last of them holds. */
function checkHistogram(name: string, samples: ReadonlyMap<string, number>): void {
  const last = new Map<string, { le: number; count: number }>();
  for (const [key, count] of samples) {
    const bucket = /^(.*)_bucket\{(.*?),?le="([^"]+)"\}$/.exec(key);
    if (bucket === null) continue;
    const [, , labels = '', bound = ''] = bucket;
    const le = Number(bound.replace('Inf', 'Infinity'));
    const before = last.get(labels) ?? { le: -Infinity, count: 0 };
    assert.ok(le > before.le && count >= before.count, key);
    last.set(labels, { le, count });
  }
  assert.ok(last.size > 0, name);
  for (const [labels, { le, count }] of last) {
    assert.equal(le, Infinity, name);
    const shown = labels === '' ? '' : `{${labels}}`;
    assert.equal(samples.get(`${name}_count${shown}`), count, name);
    assert.ok(samples.has(`${name}_sum${shown}`), name);
  }
}
