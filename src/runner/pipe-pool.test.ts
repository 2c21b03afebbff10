import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** Spawns when no descriptor is left, and again when some are. */
const PROGRAM = `
import { closeSync, openSync } from 'node:fs';
import { systemClock } from ${JSON.stringify(import.meta.resolve('../platform/clock.ts'))};
import { takePipes } from ${JSON.stringify(import.meta.resolve('./pipe-pool.ts'))};
import { spawnChild } from ${JSON.stringify(import.meta.resolve('./spawn-child.ts'))};

const request = { argv: ['/bin/sh', '-c', 'exit 0'], cwd: '/', env: {}, stdin: true };
async function tried() {
  const spawned = await spawnChild(request, systemClock);
  if (!spawned.ok) return spawned.message;
  await new Promise((resolve) => spawned.child.once('exit', resolve));
  for (const stream of Object.values(spawned.streams)) stream.destroy();
  return 'started';
}

function fill(descriptors) {
  try {
    for (;;) descriptors.push(openSync('/dev/null'));
  } catch {}
}

const report = {};
const taken = [];
fill(taken);
report.full = await tried();
report.pipesWhenFull = await takePipes(2, systemClock);
for (let free = 1; free <= 12; free += 1) {
  closeSync(taken.pop());
  await tried();
}
for (const descriptor of taken) closeSync(descriptor);
report.free = await tried();
report.pipesWhenFree = (await takePipes(2, systemClock))?.length;
console.log(JSON.stringify(report));
`;

test('without a free descriptor a process cannot be started, and once there are some it can', () => {
  const limited = 'ulimit -n 64; exec "$0" --input-type=module -e "$1"';
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const output = execFileSync('/bin/sh', ['-c', limited, process.execPath, PROGRAM], { cwd, encoding: 'utf8' });
  const { full, pipesWhenFull, free, pipesWhenFree } = JSON.parse(output);
  assert.match(full, /too many open files \(ulimit -n\)/);
  assert.equal(pipesWhenFull, null);
  assert.equal(free, 'started');
  assert.equal(pipesWhenFree, process.platform === 'linux' ? 2 : undefined);
});
