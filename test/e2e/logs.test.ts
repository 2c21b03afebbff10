import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { site } from './gateway-process.ts';

const CONFIG = `
service: { name: logs, state_dir: ./state, log_level: debug, concurrency: 4 }
plugins:
  busy: { uses: exec, concurrency: 4, config: { argv: ["true"] } }
`;

/** The log as it lies on the disk, cut at line breaks. */
function kept(stateDir: string): readonly string[] {
  const folder = join(stateDir, 'logs');
  return readdirSync(folder)
    .toSorted()
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'));
}

test('a gateway that is killed while it logs leaves whole lines, but for the last', async (t) => {
  const { stateDir, start, launch, ductile } = site(t, CONFIG);
  const first = await start();
  for (let n = 0; n < 3; n += 1) await ductile('run', 'busy');
  await first.line(({ msg }) => msg === 'attempt succeeded');
  first.kill('SIGKILL');
  await first.ended;
  const before = kept(stateDir);
  const whole = before.slice(0, -1).map((line) => JSON.parse(line) as unknown);
  // What is kept is the beginning of what was printed, whatever came too late.
  assert.deepEqual(whole, first.lines.slice(0, whole.length));
  assert.ok(whole.length > 0);
  const second = launch();
  await second.line(({ msg }) => msg === 'the gateway is ready');
  second.kill('SIGTERM');
  await second.ended;
  const after = kept(stateDir);
  assert.deepEqual(after.slice(0, whole.length), before.slice(0, whole.length));
  const later = after.slice(before.length - 1).filter((line) => line !== '' && line !== before.at(-1));
  assert.deepEqual(
    later.map((line) => JSON.parse(line) as unknown),
    second.lines,
  );
});
