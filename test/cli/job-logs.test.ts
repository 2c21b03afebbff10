import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { runCli } from '../../src/cli/run-cli.ts';
import { type FakeIo, fakeIo } from './fake-io.ts';
import { site } from './site.ts';

const CONFIG = `
service: { name: testing, state_dir: ./state }
plugins:
  waits:
    uses: exec
    env: { FOLDER: "\${FOLDER}", KEY: "\${KEY}" }
    retry: { max_attempts: 2, base: 1ms, cap: 1ms }
    config: { argv: [/bin/bash, "\${FOLDER}/waits.sh"] }
  loud:
    uses: exec
    config: { shell: "for i in $(seq 1 20000); do echo line $i >&2; done; echo the end >&2" }
  greet:
`;

/** Says something, waits for a file, says more; fails the first time. */
const WAITS = `#!/bin/bash
echo "attempt $DUCTILE_ATTEMPT begins" >&2
until [ -e "$FOLDER/go" ]; do sleep 0.02; done
echo "the key is \${KEY:0:9}" | tr -d '\\n' >&2
sleep 0.05
echo "\${KEY:9} indeed" >&2
[ -e "$FOLDER/twice" ] && exit 0
touch "$FOLDER/twice"
echo "not yet" >&2
exit 1
`;
const KEY = 'sesame-open-0123456789';

function folder(t: TestContext) {
  const made = site(t, CONFIG, { 'waits.sh': WAITS });
  const env = { FOLDER: made.dir, KEY };
  const words = (...given: readonly string[]) => made.sayWith({ env }, ...given);
  return { ...made, env, words };
}

function following(io: FakeIo, ...words: readonly string[]): Promise<number> {
  return runCli(words, io);
}

describe('ductile job logs', () => {
  it('follows a job while it speaks, over a retry, with secrets masked though they come in two pieces', async (t) => {
    const { dir, env, start, words } = folder(t);
    const gateway = await start({ env });
    const { job_id: id } = JSON.parse((await words('run', 'waits', '--json')).out);
    const io = fakeIo({ cwd: dir, env });
    const ended = following(io, 'job', 'logs', id, '-f');
    await io.stdout.shows(/attempt \S+ begins\n/);
    assert.doesNotMatch(io.stdout.text, /#1 failed/);
    writeFileSync(join(dir, 'go'), '');
    assert.equal(await ended, 0);
    const text = io.stdout.text.replace(/started .*$/gm, 'started').replace(/after [\d.]+ m?s/g, 'after a while');
    const again = ', again now|, again \\d+ ms ago|';
    assert.match(
      text.replaceAll(/ (?=#)/g, ''),
      new RegExp(
        `^#1 started\\nattempt \\S+ begins\\nthe key is \\*\\*\\* indeed\\nnot yet\\n#1 failed after a while nonzero_exit: [^\\n]*(${again})\\n` +
          '#2 started\\nattempt \\S+ begins\\nthe key is \\*\\*\\* indeed\\n#2 succeeded after a while\\njob succeeded\\n$',
      ),
    );
    assert.doesNotMatch(io.stdout.text, /sesame|0123456789/);

    const second = await words('job', 'logs', id, '--attempt', '2');
    assert.match(second.out, /^#2 started .*\nattempt \S+ begins\nthe key is \*\*\* indeed\n#2 succeeded/);
    await gateway.stop();
    const alone = await words('job', 'logs', id);
    assert.match(alone.out, /#1 failed[\s\S]*#2 succeeded[\s\S]*job succeeded\n$/);
    assert.equal((await words('job', 'logs', 'nothing')).code, 1);
    assert.equal((await words('job', 'logs', id, '--attempt', '0')).code, 2);
  });

  it('shows the whole of a long text, and log entries, and gives JSON by the page or by the line', async (t) => {
    const { env, start, words } = folder(t);
    const gateway = await start({ env });
    const { id: loud } = JSON.parse((await words('run', 'loud', '--wait', '--json')).out);
    const { out } = await words('job', 'logs', loud);
    const lines = out.split('\n');
    assert.equal(lines.filter((line) => line.startsWith('line ')).length, 20_000);
    assert.equal(lines.at(-4), 'the end');

    const { id } = JSON.parse((await words('run', 'greet', '--wait', '--json')).out);
    assert.match((await words('job', 'logs', id)).out, /greeting\nwarn │ look \{"n":1\}\n#1 succeeded/);
    const page = JSON.parse((await words('job', 'logs', id, '--json')).out);
    assert.deepEqual([page.job_id, page.status, page.next_cursor], [id, 'succeeded', null]);
    assert.deepEqual([page.attempts[0].stderr, page.attempts[0].logs[0].message], ['greeting\n', 'look']);
    const pieces = (await words('job', 'logs', id, '--follow', '--json')).out.trimEnd().split('\n');
    assert.deepEqual(
      pieces.map((piece) => JSON.parse(piece).kind),
      ['attempt', 'stderr', 'log', 'attempt_ended', 'end'],
    );
    await gateway.stop();
  });

  it('does not wait for a job that nobody runs', async (t) => {
    const { words } = folder(t);
    const { job_id: id } = JSON.parse((await words('run', 'greet', '--json')).out);
    assert.equal((await words('job', 'logs', id, '--follow')).out, 'job queued\n');
  });
});
