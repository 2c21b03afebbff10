import { closeSync, readdirSync, readFileSync } from 'node:fs';

/** `O_CLOEXEC` on Linux, as /proc shows it. */
const CLOSE_ON_EXEC = 0o2000000;
let done = false;

/**
 * Closes, once, what this process inherited beyond standard input, output and error and would pass on to its children.
 * Node marks the first such descriptors as its own at start, but stops at the first gap; everything it opens itself is
 * marked. Does nothing where /proc is missing.
 */
export function closeInheritedDescriptors(): void {
  if (done) return;
  done = true;
  for (const descriptor of openDescriptors()) if (descriptor > 2 && isPassedOn(descriptor)) closeSync(descriptor);
}

function openDescriptors(): readonly number[] {
  try {
    return readdirSync('/proc/self/fd').map(Number);
  } catch {
    return [];
  }
}

function isPassedOn(descriptor: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    // The descriptor that listed the directory is gone by now.
    return false;
  }
}
