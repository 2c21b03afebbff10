import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { serviceSchema } from '../../src/domain/config/service.ts';
import { OPERATOR_ERRORS } from '../../src/domain/errors.ts';
import { METRICS, type MetricSpec } from '../../src/domain/metrics.ts';
import { createLog, type LogLevel } from '../../src/platform/log.ts';
import { blocksOf, codesIn, ROOT, rowsOf, sectionOf, textOf } from './pages.ts';

const page = textOf('docs/operations.md');
const sources = execFileSync('git', ['ls-files', '-z', 'src/*.ts'], { cwd: ROOT, encoding: 'utf8' })
  .split('\0')
  .filter((path) => path !== '' && !path.endsWith('.test.ts') && existsSync(join(ROOT, path)))
  .map((path) => readFileSync(join(ROOT, path), 'utf8'))
  .join('\n');

describe('docs/operations.md', () => {
  it('quotes log messages as the code writes them, at their level', () => {
    const rows = rowsOf(sectionOf(page, 'The log')).filter(([level]) => level === 'warn' || level === 'error');
    assert.ok(rows.length > 5);
    for (const [level = '', messages = ''] of rows) {
      for (const message of codesIn(messages)) {
        const start = message.split('<')[0] ?? '';
        const call = new RegExp(`log\\.${level}\\(\\s*['\`]${start}`);
        assert.match(sources, call, message);
      }
    }
  });

  it('shows a log line with the fields of a real one', () => {
    const [example = ''] = blocksOf(page, 'json');
    const shown: unknown = JSON.parse(example);
    assert.ok(typeof shown === 'object' && shown !== null);
    const { level, time, component, msg, ...context } = shown as Record<string, unknown>;
    assert.equal(typeof time, 'string');
    const lines: string[] = [];
    createLog({ level: 'debug', write: (line) => lines.push(line) })
      .child(String(component))
      [level as LogLevel](String(msg), context);
    assert.deepEqual(Object.keys(JSON.parse(lines[0] ?? '')), Object.keys(shown));
  });

  it('lists the components that lines come from', () => {
    const [, listed = ''] = /^Components are (.*)\.$/m.exec(sectionOf(page, 'The log')) ?? [];
    const children = [...sources.matchAll(/\.child\('(\w+)'\)/g)].map(([, name = '']) => name);
    assert.deepEqual(codesIn(listed), [...new Set([...children, 'gateway'])].toSorted());
  });

  it('names errors of the catalogue with their exit codes', () => {
    const rows = rowsOf(sectionOf(page, 'After a crash, a kill or a power cut'));
    assert.ok(rows.length > 3);
    for (const [symptom = ''] of rows) {
      const [code = ''] = codesIn(symptom);
      const entry = Object.entries(OPERATOR_ERRORS).find(([known]) => known === code)?.[1];
      assert.ok(entry !== undefined, code);
      assert.ok(symptom.endsWith(`exit code ${entry.exit}`), symptom);
    }
  });

  it('has the defaults of retention', () => {
    const { retention, dedupe_window } = serviceSchema.parse({});
    const spans: Readonly<Record<string, number>> = { ...retention, 'service.dedupe_window': dedupe_window };
    for (const [, setting = '', kept = ''] of rowsOf(sectionOf(page, 'Retention'))) {
      const [key = ''] = codesIn(setting);
      const days = (spans[key] ?? Number.NaN) / 86_400_000;
      assert.ok(key === 'service.dedupe_window' || kept.startsWith(`${days} d`), `${key}: ${kept}`);
    }
  });

  it('lists every metric with its type, labels and help', () => {
    const rows = rowsOf(sectionOf(page, 'Metrics'));
    const known = Object.entries<MetricSpec>(METRICS).map(([name, { type, labels, help }]) => [
      name,
      type,
      [...labels],
      help,
    ]);
    assert.deepEqual(
      rows.map(([name = '', type, labels = '', help]) => [codesIn(name)[0], type, codesIn(labels), help]),
      known,
    );
  });

  it('names files of the state directory that the code makes', () => {
    for (const [paths = ''] of rowsOf(sectionOf(page, 'The state directory'))) {
      const [first = ''] = codesIn(paths);
      const part = first.replace(/<.*$/, '').replace(/\/$/, '').replace('ductile.db.', '').replace(/-$/, '');
      assert.ok(sources.includes(part), first);
    }
  });
});
