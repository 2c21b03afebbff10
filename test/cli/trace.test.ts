import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { overSocket } from '../../src/cli/socket.ts';
import { socketPathOf } from '../../src/disk/socket-path.ts';
import { site } from './site.ts';

describe('ductile trace', () => {
  it('shows what came of an id from the trigger on, the same for every id of the lineage, with and without a gateway', async (t) => {
    const { dir, say, sayWith, json, start, error } = site(t);
    const gateway = await start();
    const { id } = await json(0, 'run', 'greet', '--wait');
    const { jobs } = await json(0, 'job', 'list');
    const echo = jobs.find(({ instance }: { instance: string }) => instance === 'echo');
    const path = `/api/v1/jobs/${echo.id}?wait=30s`;
    await overSocket(socketPathOf(join(dir, 'state')), { method: 'GET', path, body: null });
    const [event] = (await json(0, 'event', 'list'))['events'];

    const trace = await json(0, 'trace', id);
    assert.deepEqual(trace['asked'], { kind: 'job', id });
    assert.deepEqual([trace['trigger'].kind, trace['trigger'].event_id], ['cli', null]);
    assert.deepEqual(
      trace['jobs'].map(({ instance, status }: Record<string, string>) => [instance, status]),
      [
        ['greet', 'succeeded'],
        ['echo', 'succeeded'],
      ],
    );
    assert.deepEqual(trace['totals'].by_status.succeeded, 2);
    assert.equal(typeof trace['duration_ms'], 'number');
    const [greeted] = trace['events'];
    assert.deepEqual(
      greeted.decisions.map(({ code, route }: Record<string, string>) => [code, route]),
      [
        ['route_taken', 'greeted'],
        ['route_condition_false', 'never'],
      ],
    );
    for (const other of [echo.id, event.event_id]) {
      const { asked: _asked, ...rest } = await json(0, 'trace', other);
      const { asked: _own, ...same } = trace;
      assert.deepEqual(rest, same);
    }

    const { out } = await say('trace', id);
    assert.match(out, /^cli {2}.*\n2 jobs \(2 succeeded\), 2 attempts, took /);
    assert.match(out, new RegExp(`-> greet poll succeeded .* {2}${id}`));
    assert.match(out, /`- greet\.done {2}/);
    assert.match(out, /never: not taken, its condition was false\. \{"payload\.n":2\}/);
    assert.match(out, /greeted: echo handle succeeded/);
    assert.match(out, /result \{"text":"hello"\}/);
    const narrow = await sayWith({ terminal: { columns: 80 }, env: { LANG: 'de_DE.UTF-8' } }, 'trace', id);
    assert.match(narrow.out, /└─ greet\.done/);
    for (const line of narrow.out.split('\n')) assert.ok(line.length <= 80, line);

    await gateway.stop();
    const { asked: _asked, ...alone } = await json(0, 'trace', echo.id);
    const { asked: _own, ...same } = trace;
    assert.deepEqual(alone, same);
    assert.equal((await error(1, 'trace', 'nothing'))['code'], 'not_found');
    assert.equal((await error(2, 'trace', id, '--limit', '0'))['code'], 'usage');
  });

  it('shows a job that waits, and how it came to be', async (t) => {
    const { json, say } = site(t);
    const { job_id } = await json(0, 'run', 'greet');
    const { out } = await say('trace', job_id);
    assert.match(out, /^cli {2}.*\n1 job \(1 queued\), 0 attempts, not over yet\n\n-> greet poll queued due .* {2}/);
  });
});
