/**
 * Signals the process group whose leader is `leader`; a group without members is no error.
 *
 * A number can only belong to somebody else once the leader has been reaped and no member is left. So it is signalled
 * freely until the leader's exit is reported, and once more right in that report: a group that still has members keeps
 * its number, and an empty one was given up by the same turn of the event loop that reaped the leader, while the kernel
 * hands out every other number first. Never later.
 */
export function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch {
    // ESRCH: nobody is left. EPERM: those that are left run as somebody else, and are found by their marker.
  }
}
