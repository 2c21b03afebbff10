import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newProgress } from '../../prove/progress.ts';
import { type FullRun, withSection } from '../../prove/proof-page.ts';

const STAMP = { date: '2026-11-23', commit: '`0123456789ab`', machine: 'Node 24, 2 CPUs' };
const PAGE = '# Proof\n\nWhat was found.\n';

function runOf(name: string, more: Partial<FullRun['run']> = {}): FullRun {
  const begun = newProgress({ campaign: name, seed: 7, of: 100, code: 'c' });
  const result = { faults: 9, figures: { jobs: 12, 'slowest stop': '5 ms' }, violations: [], skipped: [] };
  const run = { ...begun, rounds: 100, seconds: 61.4, result, brokeOff: null, ...more };
  return { campaign: { name, about: 'things are done', passes: 'nothing breaks' }, run, passed: true };
}

describe('the page of proofs', () => {
  it('tells of a run its date, size, seed, commit, machine and figures', () => {
    const page = withSection(PAGE, runOf('kill'), STAMP);
    assert.equal(
      page,
      `# Proof

What was found.

## kill

Passed on 2026-11-23 in 61 s: 100 rounds, seed 7, commit \`0123456789ab\`.
Node 24, 2 CPUs.

What is done: things are done.
Passes when: nothing breaks.

| figure | value |
|---|---|
| faults injected | 9 |
| jobs | 12 |
| slowest stop | 5 ms |
`,
    );
  });

  it('puts a run in place of the one before and leaves the others', () => {
    const both = withSection(withSection(PAGE, runOf('terminate'), STAMP), runOf('kill'), STAMP);
    assert.deepEqual(both.match(/^## .*$/gm), ['## kill', '## terminate']);
    const again = withSection(both, runOf('kill'), { ...STAMP, date: '2027-01-01' });
    assert.deepEqual(again.match(/ on \d{4}-\d\d-\d\d /g), [' on 2027-01-01 ', ' on 2026-11-23 ']);
  });

  it('says what kept a run from passing, and that it was run in parts', () => {
    const result = { faults: 1, figures: {}, violations: ['a job was lost'], skipped: ['no compiler'] };
    const run = runOf('kill', { rounds: 50, resumed: 1, result, brokeOff: 'it broke\n    at line 3' });
    const page = withSection(PAGE, { ...run, passed: false }, STAMP);
    assert.match(page, /\*\*Not passed\*\* .*: 50 of 100 rounds in 2 parts/);
    assert.match(page, /Violations \(1\):\n\n- a job was lost\n/);
    assert.match(page, /Skipped \(1\):\n\n- no compiler\n/);
    assert.match(page, /Broke off \(1\):\n\n- it broke\n/);
  });
});
