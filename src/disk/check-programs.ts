import { accessSync, constants, statSync } from 'node:fs';
import type { Instance } from '../domain/instance.ts';
import { findProgram } from '../platform/find-program.ts';
import type { LoadedConfig } from './load-config.ts';

/**
 * Warns of commands of `exec` that would not start today. No error, since a job of a schedule that is due tomorrow may
 * find what is installed until then; but nobody should learn of a slip in a path from the run that failed at night.
 */
export function checkPrograms(
  instances: Iterable<Instance | null>,
  { config, path }: { readonly config: LoadedConfig; readonly path: string | undefined },
): void {
  for (const instance of instances) {
    if (instance?.program.kind !== 'exec' || !instance.enabled) continue;
    const { exec } = instance.program;
    const [program] = exec.argv ?? [];
    if (program === undefined) continue;
    const reason = reasonAgainst(program, exec.env['PATH'] ?? instance.env['PATH'] ?? path);
    if (reason === null) continue;
    config.report({
      severity: 'warning',
      code: 'program_missing',
      path: ['plugins', instance.name, 'config', 'argv', 0],
      at: 'value',
      message: `${instance.name} would not start: ${reason}`,
      hint: HINTS[program.includes('/') ? 'path' : 'name'],
    });
  }
}

const HINTS = {
  path: 'Mend the path, or put the program there; a relative one starts at the folder of this file.',
  name: "Give its full path, or set PATH in the instance's `env`.",
} as const;

function reasonAgainst(program: string, path: string | undefined): string | null {
  if (!program.includes('/')) {
    const found = findProgram(program, { path, cwd: '/' });
    return found === null ? `${program} is not on PATH (${path ?? 'not set'})` : null;
  }
  const status = statSync(program, { throwIfNoEntry: false });
  if (status === undefined) return `${program} does not exist`;
  if (!status.isFile()) return `${program} is not a file`;
  try {
    accessSync(program, constants.X_OK);
    return null;
  } catch {
    return `${program} is not executable; chmod +x it`;
  }
}
