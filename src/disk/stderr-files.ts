import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const NAME = /^([A-Za-z0-9-]+)\.(\d+)\.txt$/;

/** Where the fuller stderr of an attempt goes; its folder is made when it is missing. */
export function stderrFileFor(stateDir: string, { jobId, attempt }: { jobId: string; attempt: number }): string {
  const dir = folder(stateDir);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return join(dir, `${jobId}.${attempt}.txt`);
}

/** A stderr file and the job it belongs to. */
export interface StderrFile {
  readonly jobId: string;
  readonly path: string;
}

/** Every stderr file there is. */
export function stderrFiles(stateDir: string): readonly StderrFile[] {
  return names(stateDir).flatMap((name) => {
    const jobId = NAME.exec(name)?.[1];
    return jobId === undefined ? [] : [{ jobId, path: join(folder(stateDir), name) }];
  });
}

function folder(stateDir: string): string {
  return join(stateDir, 'stderr');
}

function names(stateDir: string): readonly string[] {
  try {
    return readdirSync(folder(stateDir));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
