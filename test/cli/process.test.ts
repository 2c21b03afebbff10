import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, watch } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { site } from '../e2e/gateway-process.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const CONFIG = `
service: { state_dir: ./state }
plugins:
  slow: { uses: exec, config: { shell: "touch ../../ready; exec sleep 600" } }
  much: { uses: exec, config: { shell: "seq 1 20000" } }
`;

/** Resolves when the file is there. */
function appears(dir: string, name: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const watcher = watch(dir);
  const look = (): void => {
    if (!existsSync(join(dir, name))) return;
    watcher.close();
    resolve();
  };
  watcher.on('change', look);
  look();
  return promise;
}

describe('the command line as a process', () => {
  it('a signal ends run --wait and its process with 130; the job stays queued', async (t) => {
    const s = site(t, CONFIG);
    const { stdout } = await s.ductile('run', 'slow');
    assert.match(stdout, /is queued/);
    const child = spawn(process.execPath, [MAIN, 'run', 'slow', '--wait', '-c', s.config], { stdio: 'ignore' });
    await appears(s.stateDir, 'ready');
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    assert.equal(code, 130);
    const { jobs } = await s.json('job', 'list');
    assert.deepEqual(
      jobs.map(({ status, attempt }: Record<string, unknown>) => [status, attempt]),
      [
        ['queued', 1],
        ['queued', 0],
      ],
    );
  });

  it('commands that write at one time without a gateway wait for each other', async (t) => {
    const s = site(t, CONFIG);
    const all = await Promise.all(['a', 'b', 'c', 'd'].map(() => s.ductile('run', 'much')));
    assert.deepEqual(
      all.map(({ stderr }) => stderr),
      all.map(() => ''),
    );
    assert.equal((await s.json('job', 'list')).jobs.length, all.length);
  });

  it('a reader that goes away is no error, and everything else arrives before the end', async (t) => {
    const s = site(t, CONFIG);
    const shell = (line: string) =>
      spawn('bash', ['-o', 'pipefail', '-c', line, process.execPath, MAIN, s.config], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    for (const [line, expected] of [
      ['"$0" "$1" schema | head -c 1', /^\{$/],
      ['"$0" "$1" schema | tail -c 2', /^\}\n$/],
    ] as const) {
      const child = shell(line);
      const text = { out: '', err: '' };
      child.stdout.on('data', (chunk: Buffer) => {
        text.out += chunk.toString();
      });
      child.stderr.on('data', (chunk: Buffer) => {
        text.err += chunk.toString();
      });
      const [code] = await once(child, 'close');
      assert.deepEqual([code, text.err], [0, '']);
      assert.match(text.out, expected);
    }
  });

  it('output that cannot be written is a failure', { skip: !existsSync('/dev/full') }, async (t) => {
    const s = site(t, CONFIG);
    const child = spawn('bash', ['-c', '"$0" "$1" schema > /dev/full', process.execPath, MAIN], {
      cwd: s.dir,
      stdio: 'ignore',
    });
    const [code] = await once(child, 'exit');
    assert.equal(code, 1);
  });
});
