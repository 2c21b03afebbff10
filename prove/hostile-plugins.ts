import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PROGRAMS = fileURLToPath(new URL('../test/fixtures/programs/', import.meta.url));
const MIB = 1_048_576;
const STDOUT_CAP = 10 * MIB;
const STDERR_CAP = 4 * MIB;

/** A program that prints too much, too slowly or nonsense, and how its attempt must end. */
export interface HostilePlugin {
  readonly program: string;
  /** The outcome of the attempt and the code of its error; null: none. */
  readonly ends: readonly [outcome: string, code: string | null];
  readonly status: 'succeeded' | 'failed' | 'dead';
  readonly env?: Readonly<Record<string, string>>;
  readonly timeout?: string;
  /** It tells when it went past its cap, and must be killed soon after. */
  readonly tells?: true;
}

const fixture = (name: string): string => readFileSync(`${PROGRAMS}${name}`, 'utf8');

/** A program that reads its request, if there is nothing wrong with it, and then does what the lines say. */
const python = (...lines: readonly string[]): string =>
  `#!/usr/bin/env python3\nimport json, os, signal, sys, time\nsys.stdin.read()\n${lines.join('\n')}\n`;
/** The same for a program that never reads its request. */
const unread = (...lines: readonly string[]): string => python(...lines).replace('sys.stdin.read()\n', '');
/** Prints a response with what a Python expression says besides. */
const answer = (more: string): string =>
  python(`json.dump({"protocol": 1, "status": "ok", **${more}}, sys.stdout, separators=(',', ':'))`);
/** Prints a response whose result is written out. */
const literally = (result: string): string =>
  python(`os.write(1, b'{"protocol":1,"status":"ok","result":' + ${result} + b'}')`);

/** The program, telling the time of the write that goes past the cap: `<ms>` in `crossed.<marker of the attempt>`. */
const telling = (program: string, cap: number): string => `#!/usr/bin/env python3
import os, time
plain, written = os.write, 0
def write(fd, data):
    global written
    if written <= ${cap} < written + len(data):
        with open('crossed.' + os.environ['DUCTILE_ATTEMPT'], 'w') as mark: mark.write(str(time.time_ns() // 1000000))
    count = plain(fd, data)
    written += count
    return count
os.write = write
${program}`;

const good = { ends: ['succeeded', null], status: 'succeeded' } as const;
const limit = { ends: ['output_limit', 'output_limit'], status: 'failed' } as const;
const nonsense = { ends: ['protocol_error', 'invalid_output'], status: 'dead' } as const;
const badEvent = { ends: ['protocol_error', 'invalid_event'], status: 'failed' } as const;
const late = { ends: ['timed_out', 'timed_out'], status: 'dead', timeout: '1500ms' } as const;

const ANSWER = `b'{"protocol":1,"status":"ok"}'`;

/** Every hostile plugin by the name of its instance. */
export const HOSTILE: Readonly<Record<string, HostilePlugin>> = {
  // Floods.
  floods_stdout: { program: telling(fixture('floods-stdout.py'), STDOUT_CAP), tells: true, ...limit },
  floods_stderr: { program: telling(fixture('floods-stderr.py'), STDERR_CAP), tells: true, ...limit },
  answers_and_floods: {
    program: telling(python(`os.write(1, ${ANSWER})`, "while True: os.write(1, b' ' * 65536)"), STDOUT_CAP),
    tells: true,
    ...limit,
  },
  floods_both: {
    program: telling(
      unread('while True:', "    os.write(2, b'lost' * 4096)", "    os.write(1, b'y' * 65536)"),
      STDOUT_CAP + STDERR_CAP,
    ),
    ...limit,
  },
  floods_when_terminated: {
    program: python(
      'def flood(*_):',
      "    while True: os.write(1, b'z' * 65536)",
      'signal.signal(signal.SIGTERM, flood)',
      'time.sleep(300)',
    ),
    ...late,
  },
  past_the_cap: { program: fixture('prints-much.py'), env: { SIZE: String(STDOUT_CAP + 1) }, ...limit },
  complains: { program: fixture('complains.py'), env: { LINES: '100000' }, ...good },
  complains_in_long_lines: {
    program: python(
      "line = b'\\x1b[31m\\x07\\x00\\r' + b'm' * 1048570 + b'\\xff\\n'",
      'for _ in range(3): os.write(2, line)',
      `os.write(1, ${ANSWER})`,
    ),
    ...good,
  },
  // Too slow, or not at all.
  drips: { program: fixture('drips.py'), ...good },
  drips_for_ever: { program: unread("while True: os.write(1, b' '); time.sleep(.01)"), ...late },
  drips_on_stderr: { program: unread("while True: os.write(2, b'.'); time.sleep(.001)"), ...late },
  closes_stdin: { program: fixture('closes-stdin.py'), ...good },
  closes_stdout: { program: python(`os.write(1, ${ANSWER})`, 'os.close(1)', 'time.sleep(300)'), ...late },
  // With every run a part of its state, which the next ones are sent, a megabyte in all.
  never_reads: {
    program: unread(
      'part = json.dumps({str(time.time_ns() % 4): "s" * 260000})',
      'sys.stdout.write(\'{"protocol":1,"status":"ok","state_updates":\' + part + "}")',
    ),
    ...good,
  },
  never_reads_nor_ends: { program: unread('time.sleep(300)'), ...late },
  // The largest that is taken.
  one_string: { program: fixture('prints-much.py'), env: { SIZE: String(STDOUT_CAP) }, ...good },
  one_string_of_escapes: { program: literally(`b'"' + b'\\\\u00e9\\\\n' * 1300000 + b'"'`), ...good },
  one_string_of_secrets: { program: literally(`b'"' + b'://a:bcd@ bearer aaaaaaaa ' * 400000 + b'"'`), ...good },
  one_string_of_keys: { program: literally(`b'"' + b'-----BEGIN PRIVATE KEY-----' * 380000 + b'"'`), ...good },
  tiny_strings: { program: answer('{"result": [str(n).ljust(48, "t") for n in range(199000)]}'), ...good },
  tiny_keys: { program: answer('{"result": {str(n).ljust(46, "k"): "v" * 46 for n in range(99000)}}'), ...good },
  unknown_fields: { program: answer('{str(n).ljust(90, "k"): n for n in range(99000)}'), ...good },
  numbers: { program: answer('{"result": [n + 100000000000000 for n in range(199000)]}'), ...good },
  nested: { program: literally(`b'[' + b','.join([b'[' * 62 + b']' * 62] * 3100) + b']'`), ...good },
  events: {
    program: answer('{"events": [{"type": "flood.item", "payload": {"n": n, "t": "e" * 10350}} for n in range(1000)]}'),
    ...good,
  },
  large_events: {
    program: answer('{"events": [{"type": "flood.large", "payload": "e" * 1048000} for n in range(10)]}'),
    ...good,
  },
  logs: {
    program: answer(
      '{"logs": [{"level": "info", "message": "entry " + "l" * 100, "fields": {}} for n in range(25000)]}',
    ),
    ...good,
  },
  // Beyond what is taken.
  many_tokens: { program: answer('{"result": [0] * 250000}'), ...limit },
  deep: { program: python("os.write(1, b'[' * 100000 + b']' * 100000)"), ...limit },
  too_many_events: { program: answer('{"events": [{"type": "flood.item"}] * 1001}'), ...badEvent },
  too_large_an_event: {
    program: answer('{"events": [{"type": "flood.item", "payload": "e" * 1048577}]}'),
    ...badEvent,
  },
  too_large_a_state: {
    program: answer('{"state_updates": {"s": "s" * 1048577}}'),
    ends: ['protocol_error', 'invalid_state'],
    status: 'failed',
  },
  too_large_a_number: { program: literally("b'1e999'"), ...nonsense },
  too_many_digits: { program: literally("b'9' * 400"), ...nonsense },
  // Nonsense, and what only looks like it.
  prints_bytes: { program: fixture('prints-bytes.py'), ...nonsense },
  nul_in_json: { program: literally(`b'"\\0"'`), ...nonsense },
  no_utf8: { program: literally(`b'"\\xff"'`), ...nonsense },
  megabytes_of_nothing: { program: python("os.write(1, b'\\xff\\x00' * 5000000)"), ...nonsense },
  half_an_answer: { program: python(`os.write(1, b'{"protocol":1,"result":"' + b'h' * 10000000)`), ...nonsense },
  answers_twice: { program: python(`os.write(1, ${ANSWER} * 2)`), ...nonsense },
  doubled_key: { program: python(`os.write(1, b'{"protocol":1,"status":"ok","status":"error"}')`), ...nonsense },
  doubled_keys_within: { program: literally(`b'{"a":1,"a":2}'`), ...good },
  many_digits: { program: literally("b'9' * 300"), ...good },
  half_a_pair: { program: literally(`b'"\\\\ud800"'`), ...good },
  prototypes: {
    program: answer('{"result": {"__proto__": {"a": 1}}, "state_updates": {"__proto__": {"a": 1}, "constructor": 1}}'),
    ...good,
  },
};
