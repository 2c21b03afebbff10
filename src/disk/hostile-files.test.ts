import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { before, describe, it } from 'node:test';
import { HOSTILE_FILES } from '../../test/fixtures/config/hostile-files.ts';
import { makeConfigFolder } from '../../test/fixtures/config/plugins.ts';
import { OperatorError, type Problem } from '../domain/errors.ts';
import { loadSnapshot } from './build-snapshot.ts';

function problemsOf(file: string, home: string): readonly Problem[] {
  try {
    loadSnapshot({ file, env: { HOME: home } });
  } catch (error) {
    assert.ok(error instanceof OperatorError, String(error));
    assert.equal(error.code, 'config_invalid');
    return error.problems;
  }
  return assert.fail('the configuration was accepted');
}

/** The first schema that is compiled loads what compiles it. */
before(() => {
  const folder = makeConfigFolder();
  const manifest =
    'name: warm\nprotocol: 1\nentrypoint: run.sh\ncommands: { poll: { input_schema: { type: object } } }\n';
  mkdirSync(join(folder, 'plugins/warm'));
  writeFileSync(join(folder, 'plugins/warm/manifest.yaml'), manifest);
  writeFileSync(join(folder, 'ductile.yaml'), 'plugins:\n  warm: 5\n  none: {}\n');
  problemsOf(join(folder, 'ductile.yaml'), folder);
  rmSync(folder, { recursive: true });
});

function shown({ severity, code, location, message, hint }: Problem): string {
  const place = location === null ? '-' : `${location.file}:${location.line}:${location.column}`;
  return `${severity} ${code} ${place} ${message} | ${hint}`;
}

describe('hostile manifests and included files are refused, with everything that is wrong with them at once', () => {
  for (const { title, files, finds } of HOSTILE_FILES) {
    it(title, (t) => {
      const folder = makeConfigFolder();
      t.after(() => rmSync(folder, { recursive: true, force: true }));
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), text);
        chmodSync(join(folder, path), 0o755);
      }
      const there = readdirSync(folder, { recursive: true }).toSorted();
      const file = join(folder, 'ductile.yaml');
      const cpu = process.cpuUsage();
      const found = problemsOf(file, folder);
      const { user, system } = process.cpuUsage(cpu);
      // Warnings about the other plugins of the folder are a matter of their own.
      const own = found.filter(({ severity, location }) => severity === 'error' || location?.file === file);
      assert.deepEqual(
        own.map((problem) => shown(problem).replaceAll(folder, '~')),
        finds,
      );
      assert.ok(user + system < 200_000, `${user + system} µs`);
      assert.deepEqual(readdirSync(folder, { recursive: true }).toSorted(), there, 'nothing is made');
    });
  }
});
