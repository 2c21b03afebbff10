import { accessSync, chmodSync, constants, mkdirSync, readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { OperatorError } from '../domain/errors.ts';
import { isDiskRefusal } from '../domain/storage-refusal.ts';

const WRITABLE_BY_OTHERS = 0o022;
const OPEN_TO_OTHERS = 0o077;

/** Makes the state directory (0700) and checks that nobody else could change what it holds; throws `storage_refused`. */
export function prepareStateDir(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    if (isDiskRefusal(error)) {
      const message = `the state directory ${dir} cannot be written (${error instanceof Error ? error.message : error})`;
      throw new OperatorError('storage_unavailable', message, { cause: error });
    }
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    refuse(`the state directory ${dir} cannot be used: ${reason}`, error);
  }
  const status = statSync(dir);
  if (!status.isDirectory()) refuse(`the state directory ${dir} is not a directory`);
  const uid = process.getuid?.();
  if (uid !== undefined && status.uid !== uid) {
    refuse(`the state directory ${dir} belongs to user ${status.uid}, not to this one (${uid})`);
  }
  if ((status.mode & OPEN_TO_OTHERS) !== 0) tighten(dir, status);
}

/**
 * Lets other users through to their instances' directories and workspaces (0711: they may pass, not look around); files
 * stay 0600. The next `prepareStateDir` closes it again.
 */
export function openToUsers(dir: string): void {
  for (const path of [join(dir, 'instances'), join(dir, 'work'), dir]) {
    mkdirSync(path, { recursive: true, mode: 0o711 });
    chmodSync(path, 0o711);
  }
}

/** A directory of ours is closed to others; one with other things in it is left alone. */
function tighten(dir: string, status: Stats): void {
  const entries = readdirSync(dir);
  if (entries.length === 0 || entries.includes('lock.db')) {
    chmodSync(dir, 0o700);
    return;
  }
  const mode = (status.mode & 0o777).toString(8);
  const what = (status.mode & WRITABLE_BY_OTHERS) === 0 ? 'readable' : 'writable';
  refuse(`the state directory ${dir} is ${what} by others (mode ${mode}) and holds other things`);
}

function refuse(message: string, cause?: unknown): never {
  throw new OperatorError('storage_refused', message, {
    hint: 'Give service.state_dir a directory of its own that belongs to this user, with mode 700.',
    cause,
  });
}
