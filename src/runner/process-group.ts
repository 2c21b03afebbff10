import { type ProcessIdentity, statusOf } from './process-identity.ts';

/** The leader of a process group of ours; without a start time where the system does not tell it. */
export type GroupLeader = Pick<ProcessIdentity, 'pid'> & Partial<ProcessIdentity>;

/**
 * Signals the group of a leader whose exit has not been reported; a group without members is no error.
 *
 * Its number is its own until it is reaped, which happens in the turn of the event loop that reports its exit. Should
 * that have happened already, and the number have gone to somebody else, the start time tells.
 */
export function signalGroup({ pid, startTime }: GroupLeader, signal: NodeJS.Signals): void {
  const now = startTime === undefined ? null : statusOf(pid);
  if (now !== null && now.startTime !== startTime) return;
  send(-pid, signal);
}

/**
 * Kills what is left of a group whose leader has been reaped.
 *
 * Ordinarily nothing is left, and the first question says so. A group with members keeps its number, so that no process
 * can get it; if there is one again, the group died out and the number went to a stranger, who is left alone.
 */
export function killLeftGroup(leader: number): void {
  if (send(-leader, 0) === 'nobody' || send(leader, 0) !== 'nobody') return;
  send(-leader, 'SIGKILL');
}

/** ESRCH: nobody is there. EPERM: those that are there run as somebody else, and are found by their marker. */
function send(pid: number, signal: NodeJS.Signals | 0): 'sent' | 'nobody' | 'refused' {
  try {
    process.kill(pid, signal);
    return 'sent';
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH' ? 'nobody' : 'refused';
  }
}
