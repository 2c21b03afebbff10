import { spawnSync } from 'node:child_process';
import { findProgram } from '../platform/find-program.ts';

/** Programs of the system that keep processes contained: absolute paths, null where there is none. */
export interface ContainmentTools {
  readonly setpriv: string | null;
  readonly prlimit: string | null;
  readonly unshare: string | null;
  readonly bwrap: string | null;
  readonly env: string | null;
  readonly bash: string | null;
  /** Why `setpriv` cannot be put in front of what needs no containment; null: it can. */
  readonly withoutSetpriv: string | null;
}

/** Which package has a tool. */
export const PACKAGES = {
  setpriv: 'util-linux',
  prlimit: 'util-linux',
  unshare: 'util-linux',
  bwrap: 'bubblewrap',
  env: 'coreutils 8.31 or newer',
  bash: 'bash 5 or newer',
} as const satisfies Readonly<Record<Exclude<keyof ContainmentTools, 'withoutSetpriv'>, string>>;

/** Name of a tool. */
export type Tool = keyof typeof PACKAGES;

/** What a child that only asks the kernel for its settings may take. */
const TRY_MS = 5_000;
/** Where system tools stand when PATH does not say so. */
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const known = new Map<string, ContainmentTools>();

/** The tools on a PATH (and in the system's own directories), looked for once. */
export function containmentTools(path: string | undefined): ContainmentTools {
  const key = path ?? '';
  const tools = known.get(key) ?? findTools(key);
  known.set(key, tools);
  return tools;
}

function findTools(path: string): ContainmentTools {
  const find = (name: Tool): string | null =>
    findProgram(name, { path: SYSTEM_PATH, cwd: '/' }) ?? findProgram(name, { path, cwd: '/' });
  const setpriv = find('setpriv');
  return {
    setpriv,
    prlimit: find('prlimit'),
    unshare: find('unshare'),
    bwrap: find('bwrap'),
    env: find('env'),
    bash: find('bash'),
    withoutSetpriv: setpriv === null ? 'setpriv (util-linux) is not installed' : whyNot(setpriv),
  };
}

/** Why setpriv does not do what is asked of it by default: another program of that name, or a kernel that refuses. */
function whyNot(setpriv: string): string | null {
  const { status, stderr, error } = spawnSync(
    setpriv,
    ['--pdeathsig', 'KILL', '--no-new-privs', '--', '/bin/sh', '-c', ':'],
    {
      encoding: 'utf8',
      timeout: TRY_MS,
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  if (status === 0) return null;
  return `setpriv does not work: ${error?.message ?? stderr.trim().split('\n', 1)[0] ?? ''}`;
}
