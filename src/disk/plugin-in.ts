import { basename, dirname, join } from 'node:path';
import { OperatorError } from '../domain/errors.ts';
import type { Program } from '../domain/instance.ts';
import type { Manifest } from '../domain/manifest.ts';
import { readPlugin } from './discover-plugins.ts';

/** The plugin in a directory that no configuration names (absolute); throws `config_invalid` with what is wrong with its manifest. */
export function pluginIn(dir: string): { readonly manifest: Manifest; readonly program: Program } {
  const root = dirname(dir);
  const { manifest, problems } = readPlugin(root, basename(dir));
  if (manifest === null) {
    const errors = problems.filter(({ severity }) => severity === 'error');
    throw new OperatorError('config_invalid', `${dir} holds no plugin that can run`, {
      problems: errors,
      hint: 'A plugin is a directory with a manifest.yaml and its entrypoint.',
    });
  }
  return { manifest, program: { kind: 'plugin', root, dir, entrypoint: join(dir, manifest.entrypoint) } };
}
