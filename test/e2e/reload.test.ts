import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type GatewayProcess, type LogLine, site } from './gateway-process.ts';

const INSTANCE = (name: string, shell = 'true'): string => `  ${name}: { uses: exec, config: { shell: "${shell}" } }\n`;

function config(instances: string, service = ''): string {
  return `service: { state_dir: ./state${service} }\napi: { listen: none }\nplugins:\n${instances}`;
}

function swaps({ lines }: GatewayProcess): readonly LogLine[] {
  return lines.filter(({ msg }) => msg === 'the configuration was reloaded');
}

/** Resolves when the gateway has reloaded `times` times. */
async function swapped(gateway: GatewayProcess, times: number): Promise<void> {
  await gateway.line(() => swaps(gateway).length >= times);
}

test('a reload during a job neither ends nor reruns it, and says what changed', async (t) => {
  const s = site(t, config(INSTANCE('long', 'echo begin >> runs; while [ ! -e go ]; do sleep 0.05; done; echo done')));
  await s.start();
  const { job_id: id } = await s.json('run', 'long');
  const runs = join(s.stateDir, 'instances/long/runs');
  const go = join(s.stateDir, 'instances/long/go');
  while (!existsSync(runs)) await s.json('status');
  writeFileSync(s.config, config(INSTANCE('long', 'echo other') + INSTANCE('more'), ', concurrency: 3'));
  const answer = await s.json('reload');
  assert.equal(answer['unchanged'], false);
  assert.deepEqual(answer['settings'], ['service.concurrency']);
  assert.deepEqual(answer['instances'], { added: ['more'], changed: ['long'], removed: [] });
  assert.equal((await s.json('status'))['config_version'], answer['version']);
  writeFileSync(go, '');
  let ended = await s.json('job', 'show', id);
  while (ended['status'] === 'running') ended = await s.json('job', 'show', id);
  assert.equal(ended['status'], 'succeeded');
  assert.deepEqual(
    ended['attempts'].map((attempt: Record<string, unknown>) => attempt['config_version']),
    [answer['previous_version']],
  );
  assert.equal(readFileSync(runs, 'utf8'), 'begin\n');
  const next = await s.json('run', 'long', '--wait');
  assert.match(JSON.stringify(next['result']), /other/);
  const text = await s.ductile('reload');
  assert.match(text.stdout, /nothing has changed/);
});

test('an invalid configuration is refused with every problem, by the command and by SIGHUP', async (t) => {
  const s = site(t, config(INSTANCE('a')));
  const gateway = await s.start();
  writeFileSync(s.config, config('  a: { uses: nothing }\n  b: { uzes: exec }\n'));
  const { code, stderr } = await s.ductile('reload', '--json');
  assert.equal(code, 78, stderr);
  const { error } = JSON.parse(stderr);
  assert.equal(error.code, 'config_invalid');
  assert.ok(error.problems.length >= 2);
  for (const { location } of error.problems) assert.equal(location.file, s.config);
  const said = await s.ductile('reload');
  assert.match(said.stderr, /ductile\.yaml:4:/);
  assert.match(said.stderr, /ductile\.yaml:5:/);
  gateway.kill('SIGHUP');
  await gateway.line(({ msg, by }) => by === 'SIGHUP' && msg.startsWith('a reload was refused'));
  assert.equal((await s.json('run', 'a', '--wait'))['status'], 'succeeded');
  writeFileSync(s.config, config(INSTANCE('a') + INSTANCE('b')));
  gateway.kill('SIGHUP');
  await swapped(gateway, 1);
  assert.equal((await s.json('run', 'b', '--wait'))['status'], 'succeeded');
});

test('what needs a restart is refused by name, and without a gateway there is nothing to reload', async (t) => {
  const s = site(t, config(INSTANCE('a')));
  const gateway = await s.start();
  writeFileSync(
    s.config,
    `${config(INSTANCE('a')).replace('none', '"127.0.0.1:9"')}webhooks: { listen: "127.0.0.1:8" }\n`,
  );
  const { code, stderr } = await s.ductile('reload');
  assert.equal(code, 78);
  assert.match(stderr, /restart_required.*api\.listen, webhooks\.listen/);
  gateway.kill('SIGTERM');
  await gateway.ended;
  const without = await s.ductile('reload');
  assert.equal(without.code, 69);
  assert.match(without.stderr, /no gateway runs/);
});

test('secret files are read again, and what was secret stays masked', async (t) => {
  const s = site(t, config(`  a: { uses: exec, config: { argv: [/bin/echo, "$\{file:./secret}"] } }\n`), {
    secret: 'first-secret-value\n',
  });
  const gateway = await s.start();
  writeFileSync(join(s.dir, 'secret'), 'second-secret-value\n');
  const answer = await s.json('reload');
  assert.deepEqual(answer['instances'].changed, ['a']);
  for (const secret of ['first-secret-value', 'second-secret-value']) {
    const told = await s.json('emit', 'some.event', '--payload', JSON.stringify({ note: secret }));
    const shown = await s.json('event', 'show', told['event_id']);
    assert.equal(JSON.stringify(shown).includes(secret), false);
  }
  assert.equal(JSON.stringify(gateway.lines).includes('secret-value'), false);
});

test('a preview shows what would change and changes nothing', async (t) => {
  const s = site(t, config(INSTANCE('a')));
  await s.start();
  await s.json('emit', 'backup.done');
  writeFileSync(
    s.config,
    `${config('  a: { uses: exec, config: { shell: "true" }, schedules: [{ every: 6h }] }\n')}routes: [{ name: r, event_type: backup.done, to: { instance: a, command: poll } }]\n`,
  );
  const answer = await s.json('reload', '--preview');
  assert.deepEqual(answer['routes'], { added: ['r'], changed: [], removed: [] });
  assert.equal(answer['events'].differences[0].gained[0].instance, 'a');
  assert.equal(answer['slots'].gained.length, 4);
  const { stdout } = await s.ductile('reload', '--preview');
  assert.match(stdout, /\+ route r\n/);
  assert.match(stdout, /1 would lead to other jobs/);
  assert.equal((await s.json('status'))['config_version'], answer['previous_version']);
});

test('files that are replaced by rename, by truncation and by git checkout are each picked up by one swap', async (t) => {
  const s = site(t, config(INSTANCE('a'), ', watch: true'));
  const git = (...words: readonly string[]): void => {
    const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.org'];
    execFileSync('git', [...identity, ...words], { cwd: s.dir, stdio: 'ignore' });
  };
  const base = (more: string): string => `include: "conf.d/*.yaml"\n${config(INSTANCE('a') + more, ', watch: true')}`;
  mkdirSync(join(s.dir, 'conf.d'));
  const part = join(s.dir, 'conf.d/one.yaml');
  writeFileSync(s.config, base(INSTANCE('old')));
  writeFileSync(part, `plugins:\n${INSTANCE('old_part')}`);
  git('init', '-q');
  git('add', 'ductile.yaml', 'conf.d');
  git('commit', '-q', '-m', 'old');
  git('branch', 'old');
  writeFileSync(s.config, base(INSTANCE('new')));
  writeFileSync(part, `plugins:\n${INSTANCE('new_part')}`);
  git('commit', '-q', '-a', '-m', 'new');
  const gateway = await s.start();
  const expect = async (nth: number, name: string, write: () => void): Promise<void> => {
    write();
    const from = performance.now();
    await swapped(gateway, nth);
    const took = performance.now() - from;
    assert.ok(took < 10_000, `${took} ms`);
    assert.ok(
      (await s.json('plugin', 'list'))['instances'].some((one: Record<string, unknown>) => one['instance'] === name),
    );
    // Asked for once more, nothing is left to swap.
    assert.equal((await s.json('reload'))['unchanged'], true);
    assert.equal(swaps(gateway).length, nth);
  };
  await expect(1, 'renamed', () => {
    writeFileSync(join(s.dir, '.ductile.yaml.swp'), base(INSTANCE('new') + INSTANCE('renamed')));
    renameSync(join(s.dir, '.ductile.yaml.swp'), s.config);
  });
  await expect(2, 'truncated', () => {
    truncateSync(s.config);
    writeFileSync(s.config, base(INSTANCE('new') + INSTANCE('truncated')));
  });
  await expect(3, 'old_part', () => git('checkout', '-q', '-f', 'old'));
  await expect(4, 'dropped_in', () =>
    writeFileSync(join(s.dir, 'conf.d/two.yaml'), `plugins:\n${INSTANCE('dropped_in')}`),
  );
  writeFileSync(s.config, 'plugins: {');
  await gateway.line(({ msg }) => msg.startsWith('a reload was refused'));
  assert.equal(swaps(gateway).length, 4);
  truncateSync(s.config);
});
