import { spawnSync } from 'node:child_process';

/** The tiers of containment. */
export const TIERS = ['group', 'pidns', 'bwrap'] as const;

/** One of them. */
export type Tier = (typeof TIERS)[number];

const PIDNS = ['--pid', '--fork', '--kill-child=KILL', '--mount-proc', '--', 'true'];
const BWRAP = ['--unshare-pid', '--die-with-parent', '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', 'true'];

/** Why a tier cannot be used on this machine; null: it can. */
export function whyNot(tier: Tier): string | null {
  switch (tier) {
    case 'group':
      return null;
    case 'pidns':
      return refusal('unshare', process.geteuid?.() === 0 ? PIDNS : ['--user', '--map-current-user', ...PIDNS]);
    case 'bwrap':
      return refusal('bwrap', BWRAP);
    default:
      return tier satisfies never;
  }
}

/** Whether the kernel ends the leader of an attempt with the gateway in the tier `group`. */
export function endsLeaders(): boolean {
  return refusal('setpriv', ['--pdeathsig', 'KILL', '--no-new-privs', '--', 'true']) === null;
}

function refusal(tool: string, args: readonly string[]): string | null {
  const { status, error, stderr } = spawnSync(tool, args, { encoding: 'utf8' });
  if (status === 0) return null;
  return error === undefined ? `${tool} says: ${stderr.trim()}` : `${tool} is not there`;
}
