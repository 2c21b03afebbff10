import { accessSync, constants, lstatSync, realpathSync, type Stats } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import type { Instance, Program } from '../domain/instance.ts';
import { compareHashes, differenceText, hashPlugin } from './hash-plugin.ts';

/** What an inspection found: why the program must not run, or null; and what deserves a word. */
export interface Inspection {
  readonly reason: string | null;
  readonly warnings: readonly string[];
  /** For a gateway run by root: what an ordinary user owns of it, and could change; else null. */
  readonly owner: { readonly path: string; readonly uid: number } | null;
}

/** How an inspection is done. */
interface Strictness {
  /** Refuse what the group may change, too. Default: false. */
  readonly strict?: boolean;
  /** Who runs the gateway; default: this process. Null: the system has no such thing. */
  readonly uid?: number | null;
}

const GROUP_WRITABLE = 0o020;
const WORLD_WRITABLE = 0o002;

/**
 * Whether anybody else could change what an instance would execute: the plugins directory, the plugin's directory, its
 * manifest, its entrypoint, and every directory between. Each must belong to root or to who runs the gateway; root may
 * run what an ordinary user owns, since a clone that is started with sudo is common, but is told so.
 */
export function inspectProgram({ program }: Instance, strictness: Strictness = {}): Inspection {
  return program.kind === 'exec' ? { reason: null, ...NOTHING } : inspectPlugin(program, strictness);
}

const NOTHING = { warnings: [], owner: null } as const;

/** The same for a plugin that no instance is made of yet. */
export function inspectPlugin(program: PluginProgram, strictness: Strictness = {}): Inspection {
  try {
    return inspect(program, strictness);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT' && 'path' in error) {
      return { reason: `${String(error.path)} does not exist`, ...NOTHING };
    }
    const reason = error instanceof Error ? error.message : String(error);
    return { reason: `it cannot be inspected: ${reason}`, ...NOTHING };
  }
}

type PluginProgram = Extract<Program, { kind: 'plugin' }>;

function inspect(
  { root, dir, entrypoint, locked }: PluginProgram,
  { strict = false, uid = process.geteuid?.() ?? null }: Strictness,
): Inspection {
  const realRoot = realpathSync(root);
  const realDir = realpathSync(dir);
  const realManifest = realpathSync(join(dir, 'manifest.yaml'));
  const realEntrypoint = realpathSync(entrypoint);
  const refuse = (reason: string): Inspection => ({ reason, ...NOTHING });

  if (!isInside(realDir, realRoot)) return refuse(`${dir} leads out of its plugins directory, to ${realDir}`);
  if (!isInside(realManifest, realDir)) return refuse(`its manifest leads out of ${dir}, to ${realManifest}`);
  if (!isInside(realEntrypoint, realDir)) return refuse(`its entrypoint leads out of ${dir}, to ${realEntrypoint}`);
  const program = lstatSync(realEntrypoint);
  if (!program.isFile()) return refuse(`${entrypoint} is not a regular file`);
  if (!isExecutable(realEntrypoint, program)) return refuse(`${entrypoint} is not executable; chmod +x it`);

  const paths = new Set([
    realEntrypoint,
    realManifest,
    ...upTo(realEntrypoint, realRoot),
    ...upTo(realManifest, realRoot),
  ]);
  const warnings: string[] = [];
  let owner: Inspection['owner'] = null;
  for (const path of paths) {
    const status = lstatSync(path);
    if (uid !== null && status.uid !== 0 && status.uid !== uid) {
      if (uid !== 0) return refuse(`${path} belongs to another user (uid ${status.uid}); chown it to this one or root`);
      owner ??= { path, uid: status.uid };
    }
    if ((status.mode & WORLD_WRITABLE) !== 0) return refuse(`${path} is writable by everyone; chmod o-w it`);
    if ((status.mode & GROUP_WRITABLE) === 0) continue;
    if (strict) return refuse(`${path} is writable by its group; chmod g-w it, or turn service.strict_plugins off`);
    if (!isPrivateGroup(status)) warnings.push(`${path} is writable by its group`);
  }
  const different = locked === undefined ? null : differenceText(compareHashes(locked, hashPlugin(realDir)));
  if (different !== null) return refuse(`${different} since \`ductile plugin lock\`; look at it, then lock it again`);
  return { reason: null, warnings, owner };
}

/** Where every user has a group of the same number (umask 002 is usual there), the group is nobody else. */
function isPrivateGroup(status: Stats): boolean {
  return status.gid === status.uid;
}

function isExecutable(path: string, status: Stats): boolean {
  if ((status.mode & 0o111) === 0) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isInside(path: string, parent: string): boolean {
  const way = relative(parent, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`);
}

/** The directories above a path, the root last. */
function upTo(path: string, root: string): readonly string[] {
  const found: string[] = [];
  for (let dir = dirname(path); dir.length >= root.length; dir = dirname(dir)) {
    found.push(dir);
    if (dir === root || dir === dirname(dir)) break;
  }
  return found;
}

/** What to say when the gateway runs as root and not every instance as somebody else, or null. */
export function rootWarning(instances: Iterable<Pick<Instance, 'runAs'>>): string | null {
  if (process.geteuid?.() !== 0 || [...instances].every(({ runAs }) => runAs !== null)) return null;
  return 'running as root: every plugin has all rights on this machine; give each instance a `run_as`, or start Ductile as a user of its own';
}
