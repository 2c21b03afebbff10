import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { logWriter } from './log-line.ts';

const TIME = '2026-11-23T10:00:00.000Z';
const ATTEMPT = {
  time: TIME,
  level: 'info',
  component: 'engine',
  msg: 'attempt succeeded',
  job_id: 'j1',
  instance: 'host',
  command: 'poll',
};
const ENDED = { ...ATTEMPT, attempt: 1, outcome: 'succeeded', status: 'succeeded', duration_ms: 40 };

function written(lines: readonly object[], terminal: { colours: boolean; columns?: number } | null): string {
  let text = '';
  const write = logWriter({
    isTerminal: terminal !== null,
    colours: terminal?.colours ?? false,
    columns: terminal?.columns ?? 120,
    write(more) {
      text += more;
    },
  });
  for (const line of lines) write(`${JSON.stringify(line)}\n`);
  return text.replace(/^\d\d:\d\d:\d\d/gm, 'hh:mm:ss');
}

describe('a log line', () => {
  it('is left as it is where nobody looks', () => {
    assert.equal(written([ENDED], null), `${JSON.stringify(ENDED)}\n`);
  });

  for (const [entry, text] of [
    [ENDED, 'hh:mm:ss ✓ host poll attempt succeeded (40 ms)\n'],
    [
      { time: TIME, level: 'info', component: 'gateway', msg: 'stopped', signal: 'SIGINT' },
      'hh:mm:ss · gateway stopped signal=SIGINT\n',
    ],
    [
      { time: TIME, level: 'warn', component: 'api', msg: 'odd', fields: { a: 1 } },
      'hh:mm:ss ! api odd fields={"a":1}\n',
    ],
    [
      { ...ENDED, level: 'warn', msg: 'attempt failed: no\nluck', attempt: 2, outcome: 'failed', status: 'queued' },
      'hh:mm:ss ✗ host poll attempt failed: no\n         │ luck (attempt 2, 40 ms) will run again job=j1\n',
    ],
    [{ level: 'error', component: 'x', msg: 'a\u001b[2J' }, '--:--:-- ✗ x a\\x1b[2J\n'],
  ] as const) {
    it(`reads ${JSON.stringify(text)} on a terminal, without colours, too`, () => {
      assert.equal(written([entry], { colours: false }), text);
    });
  }

  it('has colours where they are wanted', () => {
    const text = written([ENDED], { colours: true });
    assert.ok(text.includes('\u001b[32m✓\u001b[39m \u001b[1mhost poll\u001b[22m'), text);
  });

  it('that is no JSON object is passed on', () => {
    let text = '';
    const write = logWriter({ isTerminal: true, colours: true, columns: 80, write: (more) => (text += more) });
    for (const line of ['not json\n', '[1]\n']) write(line);
    assert.equal(text, 'not json\n[1]\n');
  });
});

describe('lines that only repeat a success', () => {
  const again = { ...ENDED, time: '2026-11-23T10:00:01.000Z', job_id: 'j2', duration_ms: 50 };
  const other = { ...ENDED, instance: 'inbox' };

  it('take the place of the one before, and count', () => {
    const text = written([ENDED, again, again, other, again], { colours: true }).split('\n');
    assert.equal(text.length, 6);
    assert.deepEqual(
      text.slice(0, 5).map((line) => [line.startsWith('\u001b[1A\u001b[2K'), /×\d/.exec(line)?.[0]]),
      [
        [false, undefined],
        [true, '×2'],
        [true, '×3'],
        [false, undefined],
        [false, undefined],
      ],
    );
  });

  for (const [why, lines, terminal] of [
    ['where the terminal cannot', [ENDED, again], { colours: false }],
    ['when the line before was too long for one row', [ENDED, again], { colours: true, columns: 20 }],
    [
      'when something failed',
      [
        { ...ENDED, outcome: 'failed' },
        { ...again, outcome: 'failed' },
      ],
      { colours: true },
    ],
  ] as const) {
    it(`stand by themselves ${why}`, () => {
      assert.doesNotMatch(written(lines, terminal), /\[1A|×/);
    });
  }
});
