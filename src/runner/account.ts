import { spawnSync } from 'node:child_process';
import { chownSync, statSync } from 'node:fs';

/** Whom processes run as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
  /** False: a number that the system has no user for. */
  readonly named: boolean;
}

const ASK_MS = 5_000;
const known = new Map<string, Account | null>();

/** The account of a user's name or number; null: no such name. Asked of the system once. */
export function accountOf(user: string): Account | null {
  const found = known.get(user);
  if (found !== undefined) return found;
  const account = look(user);
  if (account !== null) known.set(user, account);
  return account;
}

function look(user: string): Account | null {
  const uid = ask('-u', user);
  const gid = ask('-g', user);
  if (uid !== null && gid !== null) return { uid, gid, named: true };
  if (!/^\d+$/.test(user)) return null;
  return { uid: Number(user), gid: Number(user), named: false };
}

function ask(what: '-u' | '-g', user: string): number | null {
  const { status, stdout } = spawnSync('id', [what, '--', user], { encoding: 'utf8', timeout: ASK_MS });
  return status === 0 && /^\d+$/.test(stdout.trim()) ? Number(stdout) : null;
}

/**
 * Makes an account the owner of directories; nothing below them changes, since whoever owns a directory could put links
 * to other people's files there. Null: to the gateway again. Only the superuser can, so for everybody else nothing happens.
 */
export function handOver(directories: readonly string[], account: Account | null): void {
  if (process.geteuid?.() !== 0) return;
  const { uid, gid } = account ?? { uid: 0, gid: process.getegid?.() ?? 0 };
  for (const directory of directories) {
    const owner = statSync(directory, { throwIfNoEntry: false })?.uid;
    if (owner !== undefined && owner !== uid) chownSync(directory, uid, gid);
  }
}
