import type { Containment, ResourceLimits } from '../domain/instance.ts';
import type { Account } from './account.ts';
import type { ContainmentTools, Tool } from './containment-tools.ts';
import { INIT_NAME, NAMESPACE_INIT } from './namespace-init.ts';

/** What a program is put into. */
export interface ContainmentPlan {
  readonly containment: Containment;
  readonly resources: ResourceLimits;
  /** Whom the program runs as; null: the gateway's user. */
  readonly account: Account | null;
  readonly places: Places;
}

/** Directories and files as the tier `bwrap` arranges them; absolute, existing. */
export interface Places {
  /** Hidden behind an empty directory; null: nothing. */
  readonly hidden: string | null;
  readonly readable: readonly string[];
  readonly writable: readonly string[];
}

/** Nothing beyond what every program sees. */
export const NO_PLACES: Places = { hidden: null, readable: [], writable: [] };

/** A command line inside its tier, or the tool that is missing for it. */
export type Contained =
  | {
      readonly ok: true;
      readonly argv: readonly string[];
      /** Whether its init reports to descriptor 3. */
      readonly reports: boolean;
      /** Whether anything stands in front of the program. */
      readonly wrapped: boolean;
    }
  | { readonly ok: false; readonly missing: Tool };

/** The command line that runs `argv` as planned. The one place where a wrapper is put in front of a program. */
export function contain(argv: readonly string[], plan: ContainmentPlan, tools: ContainmentTools): Contained {
  const missing = neededTools(plan, tools).find((tool) => tools[tool] === null);
  if (missing !== undefined) return { ok: false, missing };
  const limited = [...limits(plan.resources, tools), ...argv];
  const { tier } = plan.containment;
  switch (tier) {
    case 'group': {
      const wrapped = [...privileges(plan, tools), ...limited];
      return { ok: true, argv: wrapped, reports: false, wrapped: wrapped.length > argv.length };
    }
    case 'pidns': {
      const wrapped = [...privileges(plan, tools), ...namespace(plan, tools), ...init(tools), ...limited];
      return { ok: true, argv: wrapped, reports: true, wrapped: true };
    }
    case 'bwrap': {
      const before = plan.account === null ? [] : privileges(plan, tools);
      return {
        ok: true,
        argv: [...before, ...sandbox(plan, tools), ...init(tools), ...limited],
        reports: true,
        wrapped: true,
      };
    }
    default:
      return tier satisfies never;
  }
}

/** The tools without which a plan cannot be carried out. */
function neededTools({ containment, resources, account }: ContainmentPlan, tools: ContainmentTools): readonly Tool[] {
  const { tier, noNewPrivs } = containment;
  const setpriv = account !== null || tier === 'pidns' || (tier === 'group' && noNewPrivs === true);
  return [
    ...(setpriv || (tier === 'group' && tools.withoutSetpriv === null) ? (['setpriv'] as const) : []),
    ...(tier === 'pidns' ? (['unshare'] as const) : []),
    ...(tier === 'bwrap' ? (['bwrap'] as const) : []),
    ...(tier === 'group' ? [] : (['env', 'bash'] as const)),
    ...(Object.values(resources).some((value) => value !== null) ? (['prlimit'] as const) : []),
  ];
}

/** The kernel ends the process with the gateway; it gains no privileges; and it runs as somebody else. */
function privileges({ containment, account }: ContainmentPlan, tools: ContainmentTools): readonly string[] {
  const { tier, noNewPrivs } = containment;
  if (tier === 'group' && account === null && noNewPrivs !== true && tools.withoutSetpriv !== null) return [];
  // bwrap sees to that itself, and may need its set-user-id bit until then.
  const bound = tier === 'bwrap' || noNewPrivs === false ? [] : ['--no-new-privs'];
  const { setpriv } = tools;
  return [...(setpriv === null ? [] : [setpriv]), '--pdeathsig', 'KILL', ...bound, ...identity(account), '--'];
}

function identity(account: Account | null): readonly string[] {
  if (account === null) return [];
  const groups = account.named ? '--init-groups' : '--clear-groups';
  return ['--reuid', String(account.uid), '--regid', String(account.gid), groups];
}

function isSuperuser({ account }: ContainmentPlan): boolean {
  return account === null && process.geteuid?.() === 0;
}

/** Older releases of unshare die of a TERM to the group, others leave TERM ignored in the child: neither must matter. */
function namespace(plan: ContainmentPlan, { env, unshare }: ContainmentTools): readonly string[] {
  const user = isSuperuser(plan) ? [] : ['--user', '--map-current-user'];
  const options = [...user, '--pid', '--fork', '--kill-child=KILL', '--mount-proc'];
  return [...deafToTerm(env), ...named(unshare), ...options, '--'];
}

function sandbox(plan: ContainmentPlan, { env, bwrap }: ContainmentTools): readonly string[] {
  const { hidden, readable, writable } = plan.places;
  return [
    ...deafToTerm(env),
    ...named(bwrap),
    ...['--unshare-pid', '--as-pid-1', '--die-with-parent'],
    ...(plan.containment.network ? [] : ['--unshare-net']),
    // The superuser could else make everything writable again.
    ...(isSuperuser(plan) ? ['--cap-drop', 'ALL'] : []),
    ...['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp'],
    ...(hidden === null ? [] : ['--tmpfs', hidden]),
    ...readable.flatMap((path) => ['--ro-bind', path, path]),
    ...writable.flatMap((path) => ['--bind', path, path]),
    '--',
  ];
}

/** TERM goes to the whole group: what stands outside of the namespace must outlive it for the program to have its grace. */
function deafToTerm(env: string | null): readonly string[] {
  return [...named(env), '--ignore-signal=TERM'];
}

function init({ env, bash }: ContainmentTools): readonly string[] {
  return [...named(env), '--default-signal=TERM', ...named(bash), '-p', '-c', NAMESPACE_INIT, INIT_NAME];
}

function limits(resources: ResourceLimits, { prlimit }: ContainmentTools): readonly string[] {
  const { memoryBytes, cpuSeconds, openFiles, fileBytes, processes } = resources;
  const options = [
    ...option('as', memoryBytes),
    // A second between XCPU, which names the reason, and KILL.
    ...(cpuSeconds === null ? [] : [`--cpu=${cpuSeconds}:${cpuSeconds + 1}`]),
    ...option('nofile', openFiles),
    ...option('fsize', fileBytes),
    ...option('nproc', processes),
  ];
  return options.length === 0 ? [] : [...named(prlimit), ...options, '--'];
}

function option(name: string, value: number | null): readonly string[] {
  return value === null ? [] : [`--${name}=${value}:${value}`];
}

function named(tool: string | null): readonly string[] {
  return tool === null ? [] : [tool];
}
