import { closeSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { OperatorError } from '../../domain/errors.ts';
import type { BackupFacts, BackupRequest } from '../port/backups.ts';
import type { Connection } from './connection.ts';
import { copyOnline } from './copy-online.ts';
import { refuseWithoutSpace } from './free-space.ts';
import { readablePath } from './read-only-media.ts';
import { syncFile } from './sync-file.ts';

/** Room beside the pages themselves, in bytes: the header, and what is committed while it is looked at. */
const SPARE_BYTES = 4 * 1_048_576;

/** The name of a backup that is not whole yet. */
export function unfinishedName(file: string): string {
  return `${file}.part`;
}

/**
 * Makes a backup of a database that may be at work. The file is whole, checked and synced when it bears its name; it
 * holds every job that was acknowledged before the call. Throws `file_exists`, `backup_failed` or `storage_unavailable`.
 */
export async function makeBackup(
  { path: database, db }: { readonly path: string; readonly db: Connection },
  request: BackupRequest,
): Promise<BackupFacts> {
  const { file } = request;
  const part = unfinishedName(file);
  return told(async () => {
    refuseTaken(request, database);
    refuseWithoutSpace({ what: 'a backup', dir: dirname(file), bytes: bytesOf(db) + SPARE_BYTES });
    rmSync(part, { force: true });
    try {
      closeSync(openSync(part, 'wx', 0o600));
      const { schema, jobs } = await copyInto(part, { database, request });
      refuseTaken(request, database);
      renameSync(part, file);
      syncFile(dirname(file));
      return { file, bytes: statSync(file).size, schema, jobs, gateway: request.gateway, at: request.at };
    } finally {
      for (const left of [part, `${part}-journal`]) rmSync(left, { force: true });
    }
  });
}

async function copyInto(
  part: string,
  { database, request }: { readonly database: string; readonly request: BackupRequest },
): Promise<{ readonly schema: number; readonly jobs: number }> {
  const { file, gateway, at, signal } = request;
  const copied = await copyOnline({ from: readablePath(database), to: part, gateway, at, signal });
  switch (copied.kind) {
    case 'done':
      return copied;
    case 'stopped':
      throw new OperatorError('draining', `the backup ${basename(file)} was ended early; nothing was left behind`);
    case 'unsound':
      throw failed(`the copy does not hold together: ${copied.found}`);
    case 'failed':
      throw failed(copied.message);
    default:
      return copied satisfies never;
  }
}

function refuseTaken({ file, replace }: BackupRequest, database: string): void {
  const there = statSync(file, { throwIfNoEntry: false });
  if (there === undefined || (replace && there.isFile() && !isSame(file, database))) return;
  throw new OperatorError('file_exists', `${file} is there already`, {
    hint: 'Choose another name, or say --force to replace a backup that is there.',
  });
}

function bytesOf(db: Connection): number {
  const size = 'SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size';
  return db.get<{ bytes: number }>(size)?.bytes ?? 0;
}

/** What the system refuses, as an error for operators. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof OperatorError
      ? error
      : failed(error instanceof Error ? error.message : String(error), error);
  }
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [statSync(one), statSync(other, { throwIfNoEntry: false })];
  return a.dev === b?.dev && a.ino === b.ino;
}

function failed(why: string, cause?: unknown): OperatorError {
  return new OperatorError('backup_failed', `the backup could not be made: ${why}`, { cause });
}
