import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { OperatorError } from '../domain/errors.ts';
import type { Containment, Instance, ResourceLimits } from '../domain/instance.ts';
import { accountOf } from './account.ts';
import { contain, NO_PLACES } from './containment.ts';
import { readReport } from './containment-report.ts';
import { type ContainmentTools, containmentTools, PACKAGES } from './containment-tools.ts';

/** How long one try may take. */
const TRY_MS = 5_000;

/** Something that instances ask for and this machine does not give. */
export interface Unavailable {
  readonly instances: readonly string[];
  readonly message: string;
  readonly hint: string;
}

/** What the start, or `check`, has to say about containment. */
export interface ContainmentFindings {
  readonly unavailable: readonly Unavailable[];
  /** What the default goes without on this machine. */
  readonly notes: readonly string[];
}

type Asked = Pick<Instance, 'containment' | 'limits' | 'runAs'>;

/**
 * Runs `true` once in every combination of tier, limits and user that instances use, each for at most five seconds.
 * `directoryOf` gives an instance's own directory, to see that its user can work there; null: nobody looks.
 */
export function checkContainment(about: {
  readonly instances: Iterable<Instance>;
  /** The gateway's PATH. */
  readonly path: string | undefined;
  readonly directoryOf: ((name: string) => string) | null;
}): ContainmentFindings {
  const { path, directoryOf } = about;
  const tools = containmentTools(path);
  const all = [...about.instances];
  const groups = Map.groupBy(all, askedFor);
  const unavailable = [...groups.values()].flatMap((instances): readonly Unavailable[] => {
    const [first] = instances;
    if (first === undefined) return [];
    const refusal = tryOut(first, tools);
    if (refusal !== null) return [{ instances: instances.map(({ name }) => name), ...refusal }];
    return directoryOf === null ? [] : instances.flatMap((instance) => unreachable(instance, directoryOf, tools));
  });
  const bare = all.some(({ containment, runAs }) => isDefault(containment) && runAs === null);
  const notes =
    tools.withoutSetpriv !== null && bare
      ? [`plugins run without what setpriv gives (an end with the gateway, no new privileges): ${tools.withoutSetpriv}`]
      : [];
  return { unavailable, notes };
}

/** Throws `containment_unavailable` unless all that instances ask for works; returns the notes. */
export function requireContainment(about: Parameters<typeof checkContainment>[0]): readonly string[] {
  const { unavailable, notes } = checkContainment(about);
  const [first] = unavailable;
  if (first === undefined) return notes;
  const each = unavailable.map(({ instances, message }) => `${instances.join(', ')}: ${message}`);
  throw new OperatorError('containment_unavailable', each.join('; '), { hint: first.hint });
}

/**
 * Why a tier cannot be used on this machine; null: it can.
 * @internal for the fault campaigns
 */
export function tierAvailable(tier: Containment['tier'], path?: string): string | null {
  const containment = { tier, network: true, noNewPrivs: null };
  return tryOut({ containment, limits: NO_LIMITS, runAs: null }, containmentTools(path))?.message ?? null;
}

const NO_LIMITS: ResourceLimits = {
  memoryBytes: null,
  cpuSeconds: null,
  openFiles: null,
  fileBytes: null,
  processes: null,
};

function isDefault({ tier, noNewPrivs }: Containment): boolean {
  return tier === 'group' && noNewPrivs === null;
}

function resourcesOf({ memoryBytes, cpuSeconds, openFiles, fileBytes, processes }: ResourceLimits): ResourceLimits {
  return { memoryBytes, cpuSeconds, openFiles, fileBytes, processes };
}

function askedFor({ containment, limits, runAs }: Asked): string {
  return JSON.stringify([containment, resourcesOf(limits), runAs]);
}

type Refusal = Pick<Unavailable, 'message' | 'hint'>;

function tryOut(
  { containment, limits, runAs }: { containment: Containment; limits: ResourceLimits; runAs: string | null },
  tools: ContainmentTools,
): Refusal | null {
  const account = runAs === null ? null : accountOf(runAs);
  const asRoot = process.geteuid?.() === 0;
  if (runAs !== null && !asRoot) {
    return {
      message: `run_as: ${runAs} needs a gateway that is started as root`,
      hint: 'start it as root, or as that user without `run_as`',
    };
  }
  if (runAs !== null && account === null) {
    return { message: `run_as: there is no user "${runAs}"`, hint: 'make the user, or give the number of one' };
  }
  const contained = contain(
    ['/bin/sh', '-c', ':'],
    { containment, resources: resourcesOf(limits), account, places: NO_PLACES },
    tools,
  );
  if (!contained.ok) {
    const { missing } = contained;
    const what = `${purposeOf(containment, missing)} needs ${missing}, which is not installed`;
    return { message: what, hint: `install ${PACKAGES[missing]} (apt install ${packageOf(missing)}), or ask for less` };
  }
  if (!contained.wrapped) return null;
  const reason = failureOf(contained.argv, contained.reports);
  if (reason === null) return null;
  const message = `${describe({ containment, runAs })} does not work here: ${reason}`;
  return { message, hint: hintFor(containment) };
}

function purposeOf({ tier }: Containment, missing: string): string {
  if (missing === 'prlimit') return 'limits of memory, cpu_time, open_files, file_size or processes';
  return missing === 'setpriv' && tier !== 'pidns' ? 'run_as or no_new_privs' : `containment: ${tier}`;
}

function packageOf(tool: keyof typeof PACKAGES): string {
  return PACKAGES[tool].split(' ', 1)[0] ?? '';
}

function describe({ containment, runAs }: Pick<Asked, 'containment' | 'runAs'>): string {
  const network = containment.network ? '' : ' without network';
  return `containment: ${containment.tier}${network}${runAs === null ? '' : ` with run_as: ${runAs}`}`;
}

function hintFor({ tier }: Containment): string {
  if (tier === 'group') return 'lower the limits that cannot be set, or remove them';
  return 'let ordinary users make namespaces (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0; in a container, its seccomp profile), or choose another tier';
}

/** Runs a command line once; null: it ended well, else what it said. */
function failureOf(argv: readonly string[], reports: boolean): string | null {
  const [program = '', ...args] = argv;
  const tried = spawnSync(program, args, {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    timeout: TRY_MS,
    killSignal: 'SIGKILL',
    encoding: 'utf8',
  });
  const { status, stderr, error, output } = tried;
  if (error !== undefined)
    return 'code' in error && error.code === 'ETIMEDOUT' ? 'it did not end within 5s' : error.message;
  if (!reports && status === 0) return null;
  const said = stderr.trim().split('\\n', 1)[0] || `it ended with exit code ${status}`;
  if (!reports) return said;
  const reported = readReport(String(output[3] ?? ''));
  if (reported.kind === 'exited' && reported.exitCode === 0) return null;
  return said;
}

/** Whether an instance's user can enter its directory and execute its entrypoint. */
function unreachable(
  { name, runAs, program }: Instance,
  directoryOf: (name: string) => string,
  tools: ContainmentTools,
): readonly Unavailable[] {
  const account = runAs === null ? null : accountOf(runAs);
  if (account === null) return [];
  const entrypoint = program.kind === 'plugin' ? program.entrypoint : '/bin/sh';
  const script = 'cd -- "$1" 2>/dev/null || { echo "$1" >&2; exit 1; }; [ -x "$2" ] || { echo "$2" >&2; exit 1; }';
  const containment = { tier: 'group', network: true, noNewPrivs: null } as const;
  const plan = { containment, resources: NO_LIMITS, account, places: NO_PLACES };
  const directory = directoryOf(name);
  const contained = contain(['/bin/sh', '-c', script, 'sh', dirname(directory), entrypoint], plan, tools);
  const reason = contained.ok ? failureOf(contained.argv, false) : null;
  if (reason === null) return [];
  const message = `run_as: ${runAs} may not use ${reason}`;
  return [
    { instances: [name], message, hint: 'every directory above it must be open to that user (chmod o+x); or move it' },
  ];
}
