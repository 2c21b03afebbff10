import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Log, silentLog } from '../platform/log.ts';
import { type Followed, followLog } from './follow-log.ts';
import { createLogRing, type LogRing } from './log-ring.ts';
import { logFolder } from './log-segments.ts';
import { readLogTail } from './read-log.ts';

/** A line that never comes fails its test. */
const LIMITED = { timeout: 60_000 };

function directory(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'ductile-log-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function ringIn(stateDir: string, options: { segmentBytes?: number; segments?: number; log?: Log } = {}): LogRing {
  const { log = silentLog, ...sizes } = options;
  const ring = createLogRing({ monotonic: () => performance.now(), ...sizes });
  ring.open({ stateDir, log });
  return ring;
}

/** Numbered lines of 16 bytes. */
function writeNumbers(ring: LogRing, from: number, to: number): void {
  for (let n = from; n < to; n += 1) ring.write(`{"num":"${String(n).padStart(5, '0')}"}\n`);
}

function numbersIn(lines: readonly string[]): readonly number[] {
  return lines.map((line) => Number(/\d+/.exec(line)?.[0]));
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, n) => from + n);
}

async function everything(stateDir: string, limit = 1_000_000): Promise<readonly string[]> {
  const { lines } = await readLogTail({ folder: logFolder(stateDir), matches: () => true, limit });
  return lines;
}

/** A log that keeps messages, and the fields of each. */
function heardLog(): { readonly log: Log; readonly heard: (readonly [string, unknown])[] } {
  const heard: (readonly [string, unknown])[] = [];
  const hear = (msg: string, fields?: unknown): void => {
    heard.push([msg, fields]);
  };
  const log: Log = { debug: hear, info: hear, warn: hear, error: hear, child: () => log };
  return { log, heard };
}

test('lines are kept in order over rotations, the oldest going first, and never more than the limit', async (t) => {
  const dir = directory(t);
  const ring = ringIn(dir, { segmentBytes: 1_600, segments: 3 });
  for (let at = 0; at < 1_000; at += 10) {
    writeNumbers(ring, at, at + 10);
    await new Promise(setImmediate);
  }
  await ring.close();
  const files = readdirSync(logFolder(dir)).map((name) => join(logFolder(dir), name));
  assert.ok(files.length <= 3);
  assert.ok(files.reduce((sum, file) => sum + statSync(file).size, 0) <= 3 * 1_600);
  const numbers = numbersIn(await everything(dir));
  assert.deepEqual(numbers, range(1_000 - numbers.length, 1_000));
  assert.ok(numbers.length >= 200, String(numbers.length));
  assert.equal(ring.lost(), 0);
});

test('files are open to their user alone', async (t) => {
  const dir = directory(t);
  const ring = ringIn(dir);
  ring.write('{}\n');
  await ring.close();
  assert.equal(statSync(logFolder(dir)).mode & 0o777, 0o700);
  assert.equal(statSync(join(logFolder(dir), '00000001.jsonl')).mode & 0o777, 0o600);
});

test('lines from before it was opened come first, and nothing is made before', async (t) => {
  const dir = directory(t);
  const ring = createLogRing({ monotonic: () => performance.now() });
  writeNumbers(ring, 0, 3);
  assert.deepEqual(readdirSync(dir), []);
  ring.open({ stateDir: dir, log: silentLog });
  writeNumbers(ring, 3, 5);
  await ring.close();
  writeNumbers(ring, 5, 6);
  assert.deepEqual(numbersIn(await everything(dir)), range(0, 5));
});

test('the next gateway goes on, after a line that a crash cut short', async (t) => {
  const dir = directory(t);
  const first = ringIn(dir);
  writeNumbers(first, 0, 2);
  await first.close();
  appendFileSync(join(logFolder(dir), '00000001.jsonl'), '{"torn":');
  const second = ringIn(dir);
  writeNumbers(second, 2, 4);
  await second.close();
  const lines = await everything(dir);
  assert.deepEqual(numbersIn(lines.filter((line) => !line.includes('torn'))), range(0, 4));
  assert.equal(lines[2], '{"torn":');
});

/** What makes every write fail until it is taken away, and what the log says why. */
const REFUSALS = [
  {
    title: 'a full disk',
    path: '00000001.jsonl',
    why: /ENOSPC/,
    refuse: (path: string) => symlinkSync('/dev/full', path),
  },
  {
    title: 'a folder that is none',
    path: '',
    why: /EEXIST|ENOTDIR/,
    refuse: (path: string) => writeFileSync(path, ''),
  },
];

for (const { title, path, why, refuse } of REFUSALS) {
  test(`${title} loses lines, says so once, and says when it is over`, async (t) => {
    const dir = directory(t);
    const obstacle = join(logFolder(dir), path);
    mkdirSync(dirname(obstacle), { recursive: true });
    refuse(obstacle);
    const { log, heard } = heardLog();
    let now = 0;
    const ring = createLogRing({ monotonic: () => now });
    ring.open({ stateDir: dir, log });
    for (let n = 0; n < 5; n += 1) {
      writeNumbers(ring, n, n + 1);
      while (ring.lost() <= n) await new Promise(setImmediate);
      now += 10_000;
    }
    assert.deepEqual(
      heard.map(([message]) => message),
      ['the log in the state directory cannot be written; lines are lost until it can'],
    );
    assert.match(JSON.stringify(heard[0]?.[1]), why);
    assert.equal(ring.lost(), 5);
    rmSync(obstacle);
    writeNumbers(ring, 5, 6);
    await ring.close();
    assert.deepEqual(heard[1], ['the log in the state directory is written again', { lost: 5 }]);
    assert.deepEqual(numbersIn(await everything(dir)), [5]);
  });
}

test(
  'a log that is deleted under the gateway begins anew within a second, and a follower misses nothing',
  LIMITED,
  async (t) => {
    const dir = directory(t);
    let now = 0;
    const { log, heard } = heardLog();
    const ring = createLogRing({ monotonic: () => now });
    ring.open({ stateDir: dir, log });
    const follower = following(t, dir);
    writeNumbers(ring, 0, 2);
    await follower.until(2);
    rmSync(logFolder(dir), { recursive: true });
    writeNumbers(ring, 2, 3);
    await new Promise(setImmediate);
    now += 1_000;
    while (!existsSync(logFolder(dir))) {
      writeNumbers(ring, 3, 4);
      await new Promise(setImmediate);
    }
    await ring.close();
    assert.deepEqual(heard, [['the log in the state directory was deleted; it begins anew', undefined]]);
    assert.equal(ring.lost(), 0);
    assert.deepEqual(readdirSync(logFolder(dir)), ['00000002.jsonl']);
    assert.equal(statSync(logFolder(dir)).mode & 0o777, 0o700);
    const kept = numbersIn(await everything(dir));
    assert.ok(kept.length > 0);
    await follower.until(3 + kept.length);
    assert.ok(follower.seen.every(({ kind }) => kind === 'line'));
    assert.deepEqual(numbersIn(follower.lines()).slice(0, 3), range(0, 3));
  },
);

test(
  'a state directory that is moved away takes its log along, and nothing is made in its place',
  LIMITED,
  async (t) => {
    const dir = directory(t);
    const stateDir = join(dir, 'state');
    mkdirSync(stateDir);
    let now = 0;
    const ring = createLogRing({ monotonic: () => now });
    ring.open({ stateDir, log: silentLog });
    writeNumbers(ring, 0, 1);
    while ((await everything(stateDir)).length === 0) await new Promise(setImmediate);
    renameSync(stateDir, `${stateDir}-moved`);
    now += 1_000;
    writeNumbers(ring, 1, 3);
    await ring.close();
    assert.deepEqual(readdirSync(dir), ['state-moved']);
    assert.deepEqual(numbersIn(await everything(`${stateDir}-moved`)), range(0, 3));
  },
);

test('what waits for a slow disk is bounded', async (t) => {
  const dir = directory(t);
  const ring = createLogRing({ monotonic: () => performance.now() });
  const line = `${'x'.repeat(65_535)}\n`;
  for (let n = 0; n < 100; n += 1) ring.write(line);
  assert.equal(ring.lost(), 36);
  ring.open({ stateDir: dir, log: silentLog });
  await ring.close();
  assert.equal((await everything(dir)).length, 64);
});

test('the latest lines that match come from as many segments as it takes', async (t) => {
  const dir = directory(t);
  const ring = ringIn(dir, { segmentBytes: 160, segments: 100 });
  writeNumbers(ring, 0, 200);
  await ring.close();
  assert.deepEqual(numbersIn(await everything(dir, 25)), range(175, 200));
  const { lines } = await readLogTail({ folder: logFolder(dir), matches: (line) => /50"/.test(line), limit: 10 });
  assert.deepEqual(numbersIn(lines), [50, 150]);
});

/** Collects what follows until there are `count`, or until `stop`. */
function following(t: TestContext, stateDir: string, from: Parameters<typeof followLog>[0]['from'] = null) {
  const ended = new AbortController();
  const seen: Followed[] = [];
  let arrived = (): void => {};
  async function collect(): Promise<void> {
    for await (const news of followLog({ folder: logFolder(stateDir), from, signal: ended.signal })) {
      seen.push(news);
      arrived();
    }
  }
  const over = collect();
  const stop = async (): Promise<void> => {
    ended.abort();
    await over;
  };
  t.after(stop);
  return {
    seen,
    lines: () => seen.flatMap((news) => (news.kind === 'line' ? [news.line] : [])),
    until: (count: number): Promise<void> =>
      new Promise((resolve) => {
        arrived = () => {
          if (seen.length >= count) resolve();
        };
        arrived();
      }),
  };
}

test('following over many rotations loses nothing and doubles nothing', LIMITED, async (t) => {
  const dir = directory(t);
  const follower = following(t, dir);
  const ring = ringIn(dir, { segmentBytes: 1_600, segments: 50 });
  for (let at = 0; at < 4_000; at += 7) {
    writeNumbers(ring, at, Math.min(at + 7, 4_000));
    await new Promise(setImmediate);
  }
  await ring.close();
  await follower.until(4_000);
  assert.deepEqual(numbersIn(follower.lines()), range(0, 4_000));
});

test(
  'following a gateway that rotates all the time, in a process of its own, loses nothing and doubles nothing',
  LIMITED,
  async (t) => {
    const dir = directory(t);
    const follower = following(t, dir);
    const writer = `
    const { createLogRing } = await import(${JSON.stringify(import.meta.resolve('./log-ring.ts'))});
    const ring = createLogRing({ monotonic: () => performance.now(), segmentBytes: 16, segments: 100_000 });
    const log = { warn() {}, error() {} };
    ring.open({ stateDir: ${JSON.stringify(dir)}, log });
    for (let n = 0; n < 1_000; n += 1) {
      ring.write('{"num":"' + String(n).padStart(5, '0') + '"}\\n');
      if (n % 3 === 0) await new Promise(setImmediate);
    }
    await ring.close();
  `;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', writer], { stdio: 'inherit' });
    const [code] = await once(child, 'exit');
    assert.equal(code, 0);
    await follower.until(1_000);
    assert.deepEqual(numbersIn(follower.lines()), range(0, 1_000));
  },
);

test('following begins where the lines that were shown first end', LIMITED, async (t) => {
  const dir = directory(t);
  const ring = ringIn(dir, { segmentBytes: 160 });
  writeNumbers(ring, 0, 25);
  await ring.close();
  const { lines, end } = await readLogTail({ folder: logFolder(dir), matches: () => true, limit: 3 });
  assert.deepEqual(numbersIn(lines), [22, 23, 24]);
  const follower = following(t, dir, end);
  const again = ringIn(dir, { segmentBytes: 160 });
  writeNumbers(again, 25, 60);
  await again.close();
  await follower.until(35);
  assert.deepEqual(numbersIn(follower.lines()), range(25, 60));
});

test('following waits for a folder that is made later, and goes on when it is made anew', LIMITED, async (t) => {
  const dir = directory(t);
  const stateDir = join(dir, 'not', 'yet');
  const follower = following(t, stateDir);
  mkdirSync(stateDir, { recursive: true });
  const first = ringIn(stateDir);
  writeNumbers(first, 0, 2);
  await first.close();
  await follower.until(2);
  // There again before anybody could notice: only its inode tells.
  rmSync(join(dir, 'not'), { recursive: true });
  mkdirSync(logFolder(stateDir), { recursive: true });
  const second = ringIn(stateDir);
  writeNumbers(second, 2, 3);
  await follower.until(3);
  writeNumbers(second, 3, 4);
  await follower.until(4);
  await second.close();
  assert.deepEqual(numbersIn(follower.lines()), range(0, 4));
});

test('a follower that was overtaken by the ring says that lines are missing', LIMITED, async (t) => {
  const dir = directory(t);
  const ring = ringIn(dir, { segmentBytes: 160, segments: 2 });
  writeNumbers(ring, 0, 100);
  await ring.close();
  const follower = following(t, dir, { segment: 1, offset: 0 });
  await follower.until(21);
  assert.deepEqual(follower.seen[0], { kind: 'gap' });
  assert.deepEqual(numbersIn(follower.lines()), range(80, 100));
  assert.equal(readFileSync(join(logFolder(dir), '00000010.jsonl')).length, 160);
});
