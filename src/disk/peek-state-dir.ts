import { valueAt } from '../domain/config/finding.ts';
import { loadConfig } from './load-config.ts';
import { resolveStateDir } from './resolve-state-dir.ts';

/** The state directory that a configuration names, whatever else is wrong with it: enough to find the running gateway. */
export function peekStateDir(options: {
  readonly file: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}): string {
  const { tree, directoryOf } = loadConfig(options);
  const written = valueAt(tree, ['service', 'state_dir']);
  return resolveStateDir(typeof written === 'string' && written !== '' ? written : undefined, {
    directory: directoryOf(['service', 'state_dir']),
    env: options.env,
  });
}
