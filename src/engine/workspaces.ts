import type { EngineParts } from './parts.ts';

/** Deletes a lineage's workspace without holding anybody up; what cannot be deleted is left, with a warning. */
export function removeWorkspace(
  { directories, log }: Pick<EngineParts, 'directories' | 'log'>,
  rootJobId: string,
): void {
  directories.removeWorkspace(rootJobId).catch((error: unknown) => {
    log.warn('a workspace could not be deleted; delete it by hand', {
      root_job_id: rootJobId,
      error: error instanceof Error ? error.message : error,
    });
  });
}
