import { spawnSync } from 'node:child_process';
import { tierAvailable } from '../src/runner/containment-check.ts';

/** The tiers of containment. */
export const TIERS = ['group', 'pidns', 'bwrap'] as const;

/** One of them. */
export type Tier = (typeof TIERS)[number];

/** Why a tier cannot be used on this machine; null: it can. */
export function whyNot(tier: Tier): string | null {
  return tierAvailable(tier, process.env['PATH']);
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
