import { chmodSync, mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Directories for something that leaves nothing behind; absolute, existing. */
export interface Scratch {
  /** All of it; empty but for the others. */
  readonly dir: string;
  readonly workspace: string;
  readonly cwd: string;
  readonly stderrFile: string;
}

/** Hands a scratch directory to `use` and deletes it whatever happens. `shared`: another user works in it. */
export async function withScratch<T>(
  use: (scratch: Scratch) => Promise<T>,
  { shared = false }: { readonly shared?: boolean } = {},
): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'ductile-replay-'));
  try {
    const [workspace, cwd] = [join(dir, 'work'), join(dir, 'instance')];
    for (const path of [workspace, cwd]) mkdirSync(path, { mode: 0o700 });
    if (shared) chmodSync(dir, 0o711);
    return await use({ dir, workspace, cwd, stderrFile: join(dir, 'stderr') });
  } finally {
    await rm(dir, { recursive: true, force: true, maxRetries: 3 });
  }
}
