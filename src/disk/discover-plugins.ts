import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Problem } from '../domain/errors.ts';
import { decodeManifest, type Manifest } from '../domain/manifest.ts';
import { readRegularFile } from './read-file.ts';
import { MAX_YAML_BYTES, readYaml } from './read-yaml.ts';

/** A directory with a `manifest.yaml` under a plugins directory. */
export interface FoundPlugin {
  /** Name of the directory. */
  readonly name: string;
  /** Absolute path of the plugins directory. */
  readonly root: string;
  readonly dir: string;
  /** Null when it is broken: then `problems` holds errors. */
  readonly manifest: Manifest | null;
  /** The manifest as it stands in the file. */
  readonly text: string;
  readonly problems: readonly Problem[];
}

/** What was found under the plugins directories. */
export interface Discovery {
  readonly plugins: ReadonlyMap<string, FoundPlugin>;
  readonly warnings: readonly Problem[];
  /** Plugins directories that cannot be listed. */
  readonly unreadable: readonly string[];
}

/** Looks for plugins under each root, in order; the first of a name wins. */
export function discoverPlugins(roots: readonly string[]): Discovery {
  const plugins = new Map<string, FoundPlugin>();
  const warnings: Problem[] = [];
  const unreadable: string[] = [];
  for (const root of roots) {
    const names = directoriesIn(root);
    if (names === null) unreadable.push(root);
    for (const name of names ?? []) {
      const winner = name === 'exec' ? 'the built-in `exec`' : plugins.get(name)?.dir;
      if (winner !== undefined) warnings.push(shadowed(join(root, name), winner));
      else plugins.set(name, readPlugin(root, name));
    }
  }
  return { plugins, warnings, unreadable };
}

/** Sorted names of the directories that hold a manifest; null when the root cannot be listed. */
function directoriesIn(root: string): readonly string[] | null {
  try {
    return readdirSync(root)
      .filter((name) => !name.startsWith('.') && isThere(join(root, name, 'manifest.yaml')))
      .toSorted();
  } catch {
    return null;
  }
}

function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

/** One plugin, in a directory of that name under a root. */
export function readPlugin(root: string, name: string): FoundPlugin {
  const dir = join(root, name);
  const file = join(dir, 'manifest.yaml');
  const broken = (text: string, problems: readonly Problem[]): FoundPlugin => ({
    name,
    root,
    dir,
    text,
    problems,
    manifest: null,
  });
  const read = readRegularFile(file, MAX_YAML_BYTES);
  if (!read.ok) {
    const message = `the manifest cannot be read: ${read.reason}`;
    return broken('', [
      { severity: 'error', code: 'file_unreadable', message, location: { file, line: 1, column: 1 }, hint: null },
    ]);
  }
  const text = new TextDecoder().decode(read.bytes);
  const yaml = readYaml(read.bytes, file);
  if (!yaml.ok) return broken(text, yaml.problems);
  const decoded = decodeManifest(yaml.document.tree, name, yaml.document.source);
  const problems = (decoded.ok ? decoded.warnings : decoded.problems).map(({ path, at, ...problem }) => ({
    ...problem,
    location: yaml.document.locate(path, at),
  }));
  return { name, root, dir, text, problems, manifest: decoded.ok ? decoded.manifest : null };
}

function shadowed(dir: string, winner: string): Problem {
  return {
    severity: 'warning',
    code: 'plugin_shadowed',
    message: `the plugin ${dir} is hidden by ${winner}`,
    location: { file: join(dir, 'manifest.yaml'), line: 1, column: 1 },
    hint: 'rename one of the directories, or change the order of plugins_dir',
  };
}
