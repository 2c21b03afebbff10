import assert from 'node:assert/strict';
import { cpSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { site } from './gateway-process.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Resolves to the first line of a file, written by now or later, that matches. */
function lineIn(dir: string, file: string, pattern: RegExp): Promise<string> {
  return new Promise((resolve) => {
    const watcher = watch(dir);
    const look = (): void => {
      let text = '';
      try {
        text = readFileSync(join(dir, file), 'utf8');
      } catch {
        return;
      }
      const line = text.split('\n').find((candidate) => pattern.test(candidate));
      if (line === undefined) return;
      watcher.close();
      resolve(line);
    };
    watcher.on('change', look);
    look();
  });
}

test('the quickstart shows real work, and a dropped file leads to a journal line at the end of a route chain', async (t) => {
  const example = readFileSync(join(ROOT, 'examples/quickstart/ductile.yaml'), 'utf8');
  const config = example
    .replace('../../plugins', './plugins')
    .replace('./.state', './state')
    .replaceAll('.state/', 'state/');
  const s = site(t, config);
  cpSync(join(ROOT, 'plugins'), join(s.dir, 'plugins'), { recursive: true });
  cpSync(join(ROOT, 'examples/quickstart/inbox'), join(s.dir, 'inbox'), { recursive: true });
  const gateway = await s.start();
  await gateway.line((line) => line.instance === 'journal' && line.status === 'succeeded');
  writeFileSync(join(s.dir, 'inbox/report.txt'), 'one two two three three three\n');
  assert.match(await lineIn(s.stateDir, 'journal.txt', /report\.txt/), /6 words/);

  const { jobs } = await s.json('job', 'list', '--instance', 'journal', '--limit', '50');
  const details = await Promise.all(jobs.map(({ id }: { id: string }) => s.json('job', 'show', id)));
  const last = details.find((job) => JSON.stringify(job.payload).includes('report.txt'));
  assert.deepEqual(
    last?.lineage.map((step: Record<string, unknown>) => [step.instance, step.event_type]),
    [
      ['inbox', null],
      ['digest', 'inbox.file.added'],
      ['journal', 'digest.ready'],
    ],
  );
  assert.equal(last?.lineage[0].submitted_by, 'scheduler:inbox/default');
  gateway.kill('SIGTERM');
  assert.equal((await gateway.ended).code, 0);
});
