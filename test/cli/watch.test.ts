import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runCli } from '../../src/cli/run-cli.ts';
import { type FakeIo, fakeIo } from './fake-io.ts';
import { type Site, site } from './site.ts';

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';

function watching(own: Site, ...words: readonly string[]): { readonly io: FakeIo; readonly code: Promise<number> } {
  const io = fakeIo({ cwd: own.dir, terminal: { columns: 90, rows: 12 } });
  return { io, code: runCli(words, io) };
}

/** The frames that were drawn, as lines. */
function framesOf({ stdout }: FakeIo): readonly (readonly string[])[] {
  const inside = stdout.text.slice(ENTER.length).split(LEAVE)[0] ?? '';
  return inside
    .split('\u001b[?2026h\u001b[H')
    .slice(1)
    .map((frame) => frame.replace('\u001b[J\u001b[?2026l', '').split('\r\n'));
}

describe('--watch', () => {
  it('draws the status in place until Ctrl-C and leaves the terminal as it was', async (t) => {
    const own = site(t);
    const gateway = await own.start();
    await own.json(0, 'run', 'slow', 'run');
    const { io, code } = watching(own, 'status', '--watch');
    await io.stdout.shows(/testing is running[\s\S]*2026l/);
    io.signal('SIGINT');
    assert.equal(await code, 0);
    assert.ok(io.stdout.text.startsWith(ENTER) && io.stdout.text.endsWith(LEAVE));
    const [frame = []] = framesOf(io);
    assert.ok(frame.length <= 12 && frame.every((line) => line.endsWith('\u001b[K')), frame.join('\n'));
    assert.match(frame.at(-1) ?? '', /… \d+ more lines/);
    assert.equal(await gateway.stop(), 0);
  });

  it('draws anew at once when the terminal has another size', async (t) => {
    const own = site(t);
    const { io, code } = watching(own, 'job', 'list', '-w');
    await io.stdout.shows(/no jobs/);
    io.resize({ columns: 70, rows: 30 });
    await io.stdout.shows(/no jobs[\s\S]*no jobs/);
    io.signal('SIGTERM');
    assert.equal(await code, 0);
  });

  it('shows what goes wrong meanwhile and goes on', async (t) => {
    const own = site(t);
    const file = join(own.dir, 'ductile.yaml');
    const config = readFileSync(file, 'utf8');
    const { io, code } = watching(own, 'status', '-w');
    await io.stdout.shows(/is not running/);
    writeFileSync(file, 'nonsense: 1\n');
    io.resize({ columns: 70, rows: 30 });
    await io.stdout.shows(/config_invalid/);
    writeFileSync(file, config);
    io.resize({ columns: 90, rows: 30 });
    await io.stdout.shows(/config_invalid[\s\S]*is not running/);
    io.signal('SIGINT');
    assert.equal(await code, 0);
  });

  it('ends with what is wrong when that is so from the beginning', async (t) => {
    const { io, code } = watching(site(t, 'nonsense: 1\n'), 'status', '-w');
    assert.equal(await code, 78);
    assert.equal(io.stdout.text, '');
  });

  for (const [why, words] of [
    ['there is no terminal', ['status', '--watch']],
    ['JSON is asked for', ['job', 'list', '--watch', '--json']],
    ['plugins would be run every second', ['status', '--watch', '--health']],
  ] as const) {
    it(`is refused where ${why}`, async (t) => {
      const { code, err } = await site(t).say(...words);
      assert.equal(code, 2);
      assert.match(err, /leave out/);
    });
  }
});
