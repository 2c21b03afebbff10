import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Patch } from './bug.ts';

/** What a campaign needs of the project. */
const NEEDED = ['package.json', 'src', 'prove', 'plugins', 'examples', 'test'] as const;

/** Copies what a campaign needs of the project to a new directory, with these changes. Throws when one does not fit. */
export function copyTree(root: string, patches: readonly Patch[]): { readonly dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'ductile-prove-copy-'));
  const remove = (): void => rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  try {
    for (const name of NEEDED.filter((one) => existsSync(join(root, one)))) {
      cpSync(join(root, name), join(dir, name), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
    for (const patch of patches) {
      const path = join(dir, patch.file);
      writeFileSync(path, patched(readFileSync(path, 'utf8'), patch));
    }
    return { dir, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** The text with the patch in it; throws unless what it replaces is there exactly once. */
export function patched(text: string, { file, find, replace }: Patch): string {
  const parts = text.split(find);
  if (parts.length !== 2) {
    throw new Error(`a planted bug does not fit any more: ${file} has ${parts.length - 1} times: ${find}`);
  }
  return parts.join(replace);
}
