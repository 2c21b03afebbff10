import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { BrokenPromise } from '../../prove/broken-promise.ts';
import type { Campaign, CampaignOptions, CampaignResult } from '../../prove/campaign.ts';
import { newProgress, type Progress, progressFile } from '../../prove/progress.ts';
import { hasPassed, runCampaign, withWhole } from '../../prove/run-campaign.ts';

const BEGUN = newProgress({ campaign: 'one', seed: 100, of: 25, code: 'c' });
const QUIET = { say: () => {}, keep: () => {} };

/** A campaign of chunks of ten that notes its options. */
function campaign(more: (options: CampaignOptions) => Partial<CampaignResult> = () => ({})) {
  const asked: string[] = [];
  const one: Pick<Campaign, 'chunk' | 'figures' | 'run'> = {
    chunk: 10,
    figures: { slowest: 'max', least: 'min', fewest: 'last' },
    async run(options) {
      asked.push(`${options.from}+${options.rounds} seed ${options.seed}`);
      const figures = { jobs: options.rounds, slowest: `${100 - options.from} ms`, least: options.from, note: 'x' };
      return { faults: options.rounds, figures, violations: [], ...more(options) };
    },
  };
  return { one, asked };
}

function directory(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'ductile-progress-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

describe('a run of a campaign', () => {
  it('is made of chunks with seeds of their own, whose figures are merged as declared', async () => {
    const { one, asked } = campaign();
    const run = await runCampaign(one, BEGUN, QUIET);
    assert.deepEqual(asked, ['0+10 seed 100', '10+10 seed 110', '20+5 seed 120']);
    assert.equal(run.result.faults, 25);
    assert.deepEqual(run.result.figures, { jobs: 25, slowest: '100 ms', least: 0, note: 'x' });
    assert.ok(hasPassed(run, 'full'));
  });

  it('goes on after the last whole chunk when it is resumed from what was kept', async (t) => {
    const file = progressFile(directory(t), 'one');
    assert.equal(file.read('c'), null);
    const ended = campaign(({ from }) => {
      if (from === 20) throw new Error('ended');
      return {};
    });
    const first = await runCampaign(ended.one, BEGUN, { ...QUIET, keep: file.keep });
    assert.match(first.brokeOff ?? '', /round 21 or later: Error: ended/);
    assert.ok(!hasPassed(first, 'short'));

    const kept = file.read('c');
    assert.equal(kept?.rounds, 20);
    const { one, asked } = campaign();
    const whole = await runCampaign(one, kept as Progress, { ...QUIET, keep: file.keep });
    assert.deepEqual(asked, ['20+5 seed 120']);
    assert.deepEqual(whole.result, (await runCampaign(campaign().one, BEGUN, QUIET)).result);
    file.drop();
    assert.equal(file.read('c'), null);
  });

  it('is not resumed with other code', (t) => {
    const file = progressFile(directory(t), 'one');
    file.keep(BEGUN);
    assert.throws(() => file.read('d'), /other code/);
  });

  it('stops at the first chunk that finds something, names how to repeat it, and does not keep it', async () => {
    const kept: number[] = [];
    const { one } = campaign(({ from }) => (from === 10 ? { violations: ['lost'] } : {}));
    const run = await runCampaign(one, BEGUN, { ...QUIET, keep: ({ rounds }) => kept.push(rounds) });
    assert.deepEqual(run.result.violations, ['lost (--seed 110 --from 10 --rounds 10)']);
    assert.deepEqual([run.rounds, kept], [20, [10]]);
    assert.ok(!hasPassed(run, 'short'));
  });

  it('takes a broken promise as a finding and everything else that is thrown as a fault of its own', async () => {
    const promise = campaign(() => {
      throw new BrokenPromise('two are active');
    });
    const broken = await runCampaign(promise.one, BEGUN, QUIET);
    assert.equal(broken.brokeOff, null);
    assert.match(broken.result.violations[0] ?? '', /^two are active/);
  });

  it('does not pass without faults, nor at full size with a part skipped or with less than the whole asks for', async () => {
    const none = await runCampaign(campaign(() => ({ faults: 0 })).one, BEGUN, QUIET);
    assert.ok(!hasPassed(none, 'short'));
    const part = await runCampaign(campaign(() => ({ skipped: ['no compiler'] })).one, BEGUN, QUIET);
    assert.deepEqual(part.result.skipped, ['no compiler']);
    assert.ok(hasPassed(part, 'short'));
    assert.ok(!hasPassed(part, 'full'));
    const run = await runCampaign(campaign().one, BEGUN, QUIET);
    const few = withWhole({ whole: ({ figures }) => (figures.jobs === 25 ? ['too few jobs'] : []) }, run);
    assert.ok(!hasPassed(few, 'full'));
  });
});
