import { OperatorError } from './errors.ts';

/** What the system calls a disk that does not take anything just now, or files that cannot be opened just now (errno(3)). */
const DISK_REFUSALS = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EMFILE', 'ENFILE']);

/** True for a system error that says nothing about what was asked: the disk is full, failing or read-only, or no descriptor is free. */
export function isDiskRefusal(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return DISK_REFUSALS.has(error.code);
}

/** True for an error of the storage, after which the same may be tried again. */
export function isStorageRefusal(error: unknown): boolean {
  return error instanceof OperatorError && (error.code === 'storage_unavailable' || error.code === 'storage_damaged');
}
