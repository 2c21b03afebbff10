import type { Doomed } from './end-processes.ts';
import { listStatuses, ownLine } from './list-processes.ts';
import { identityText, isStill, type ProcessIdentity, type ProcessStatus, statusOf } from './process-identity.ts';

/**
 * Makes the look for what is left of the sessions and groups that these leaders made. The first look counts leaders that
 * still are the same process; a later one also what an earlier one found, since a number that is in use goes to nobody
 * else. Without the leader nothing tells its group from a stranger's, so that none of it is found.
 */
export function recordedGroups(leaders: readonly ProcessIdentity[]): () => Promise<readonly Doomed[]> {
  const known = new Set(leaders.map(identityText));
  const startedAt = new Map(leaders.map(({ pid, startTime }) => [pid, Number(startTime)]));
  return async () => {
    if (leaders.length === 0) return [];
    const all = await listStatuses();
    const ours = ownGroups();
    const held = new Set(
      all
        .filter((status) => known.has(identityText(status)))
        .flatMap(({ session, group }) => [session, group])
        .filter((number) => !ours.has(number)),
    );
    const belongs = (status: ProcessStatus): boolean =>
      [status.session, status.group].some((number) => {
        const since = startedAt.get(number);
        return since !== undefined && held.has(number) && Number(status.startTime) >= since;
      });
    const members = all.filter(belongs);
    for (const member of members) known.add(identityText(member));
    return members.filter(({ zombie }) => !zombie).map((member) => ({ ...member, stillIs: () => isStill(member) }));
  };
}

/** Those that this process is in or descends from: a gateway may be started from a job's own shell. */
function ownGroups(): ReadonlySet<number> {
  return new Set([...ownLine()].flatMap((pid) => [pid, statusOf(pid)?.session ?? 0]));
}
