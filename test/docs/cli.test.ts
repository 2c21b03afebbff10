import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Command } from 'commander';
import type { Io, Sink } from '../../src/cli/io.ts';
import { buildProgram, leaves } from '../../src/cli/run-cli.ts';
import { OPERATOR_ERRORS } from '../../src/domain/errors.ts';
import { codesIn, rowsOf, sectionOf, textOf } from './pages.ts';

const page = textOf('docs/cli.md');
const sink: Sink = { write() {}, isTerminal: false, colours: false, columns: 100 };
const io: Io = {
  stdout: sink,
  stderr: sink,
  env: {},
  cwd: '/',
  pid: 1,
  stdinIsTerminal: false,
  readStdin: async () => '',
  readLine: async () => null,
  onEndSignal: () => () => {},
  onResize: () => () => {},
  onHangup: () => {},
  restrictUmask() {},
  runEditor: async () => 0,
  exit: (code) => assert.fail(`exit ${code}`),
};
const program = buildProgram(io, () => async () => {});

/** Every command with its headline in the page. */
const commands = leaves(program).map((command) => ({ command, usage: usageOf(command) }));

function usageOf(command: Command): string {
  const words: string[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) words.unshift(at.name());
  const names = command.registeredArguments.map((one) => (one.required ? `<${one.name()}>` : `[${one.name()}]`));
  return [...words, ...names].join(' ');
}

/** Flags that a command takes, those of the commands above it included. */
function flagsOf(command: Command): readonly string[] {
  const above = command.parent === null ? [] : flagsOf(command.parent);
  return [...command.options.map(({ flags }) => flags), ...above];
}

/** Flags that only this command has. */
function ownFlags(command: Command): readonly string[] {
  return command.options.map(({ flags }) => flags).filter((flags) => !commonFlags.includes(flags));
}

const commonFlags = ['-c, --config <file>', '--env-file <file>', '--json'];

describe('docs/cli.md', () => {
  it('has a section for each command, and no other', () => {
    const headings = [...page.matchAll(/^### `(.+)`$/gm)].map(([, usage]) => usage);
    assert.deepEqual(headings.toSorted(), commands.map(({ usage }) => usage).toSorted());
  });

  for (const { command, usage } of commands) {
    it(`lists the options of ${usage}`, () => {
      const rows = rowsOf(sectionOf(page, `\`${usage}\``));
      assert.deepEqual(
        rows.map(([flags = '']) => codesIn(flags)[0]),
        ownFlags(command),
      );
    });
  }

  it('lists the options that every command has', () => {
    const rows = rowsOf(sectionOf(page, 'Common to all commands'));
    assert.deepEqual(
      rows.map(([flags = '']) => codesIn(flags)[0]),
      commonFlags,
    );
    for (const { command, usage } of commands) {
      const flags = flagsOf(command);
      assert.ok(
        commonFlags.every((common) => flags.includes(common)),
        usage,
      );
    }
  });

  it('lists the exit codes of the error catalogue, and 0', () => {
    const listed = rowsOf(sectionOf(page, 'Exit codes')).map(([code]) => Number(code));
    const known = new Set([0, ...Object.values(OPERATOR_ERRORS).map(({ exit }) => exit)]);
    assert.deepEqual(
      listed,
      [...known].toSorted((a, b) => a - b),
    );
  });

  it('says what --json prints for each command that has something to print', () => {
    const rows = rowsOf(sectionOf(page, 'For scripts'));
    const listed = rows.flatMap(([names = '']) => codesIn(names)).filter((name) => !name.includes('--'));
    const silent = ['start', 'schema', 'completion'];
    const known = commands.map(({ usage }) => usage.replace(/^ductile /, '').replace(/ [<[].*$/, ''));
    assert.deepEqual(listed.toSorted(), known.filter((name) => !silent.includes(name)).toSorted());
  });
});

describe('README.md', () => {
  it('names every command of the first level', () => {
    const row = textOf('README.md')
      .split('\n')
      .find((line) => line.startsWith('| Command line |'));
    const listed = codesIn(row ?? '')[0]?.split(' ') ?? [];
    assert.deepEqual(listed.toSorted(), program.commands.map((command) => command.name()).toSorted());
  });
});
