import type { LoadedSnapshot } from '../../disk/build-snapshot.ts';
import { loadSnapshot } from '../../disk/build-snapshot.ts';
import { peekStateDir } from '../../disk/peek-state-dir.ts';
import { OperatorError } from '../../domain/errors.ts';
import { checkBackups } from './backups.ts';
import { type DoctorFinding, fail, ok, warn } from './finding.ts';
import { checkPermissions } from './permissions.ts';
import { checkPlugins, checkTools } from './plugins.ts';
import { checkRuntime } from './runtime.ts';
import { checkStorage } from './storage.ts';

/** What a doctor looks at. */
export interface Patient {
  /** The configuration; absolute. */
  readonly file: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly versions: Readonly<Record<string, string | undefined>>;
  /** Who looks; null where the system has no such thing. */
  readonly uid: number | null;
  readonly now: number;
  /** How a running gateway syncs commits; null: none says. */
  readonly synchronous: string | null;
}

/**
 * Looks at everything that this machine tells, without changing it. A configuration with errors is one finding; what
 * does not need it is looked at all the same.
 */
export function examine({ file, env, versions, uid, now, synchronous }: Patient): readonly DoctorFinding[] {
  const { findings, loaded } = readConfiguration(file, env);
  const stateDir = loaded?.snapshot.service.stateDir ?? stateDirOf(file, env);
  return [
    ...checkRuntime(versions, now),
    ...findings,
    ...(stateDir === null ? [] : checkStorage(stateDir, { now, synchronous })),
    ...checkPermissions({ stateDir, files: loaded?.sources.files ?? [file] }, uid),
    ...(loaded === null
      ? []
      : [
          ...checkPlugins(loaded.snapshot),
          ...checkTools(loaded.snapshot, env['PATH']),
          ...checkBackups(loaded.snapshot, now),
        ]),
  ];
}

function readConfiguration(
  file: string,
  env: Patient['env'],
): { readonly findings: readonly DoctorFinding[]; readonly loaded: LoadedSnapshot | null } {
  try {
    const loaded = loadSnapshot({ file, env });
    const count = loaded.warnings.length;
    if (count === 0) return { findings: [ok('configuration', `${file} is valid`)], loaded };
    const [first] = loaded.warnings;
    const text = `${file} is valid, with ${count} warning${count === 1 ? '' : 's'}: ${first?.message ?? ''}`;
    return { findings: [warn('configuration', text, '`ductile check` shows all of them.')], loaded };
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    const errors = error.problems.filter(({ severity }) => severity === 'error');
    const text =
      errors.length === 0
        ? error.message
        : `${file} has ${errors.length} error${errors.length === 1 ? '' : 's'}: ${errors[0]?.message ?? ''}`;
    const hint =
      errors.length === 0 ? error.hint : '`ductile check` shows all of them; plugins and backups were not looked at.';
    return { findings: [fail('configuration', text, hint)], loaded: null };
  }
}

/** The state directory of a configuration with errors; null when not even that can be read. */
function stateDirOf(file: string, env: Patient['env']): string | null {
  try {
    return peekStateDir({ file, env });
  } catch {
    return null;
  }
}
