import { writeFileSync } from 'node:fs';

// Preloaded into a gateway (`--expose-gc --import`): on SIGUSR2 it collects garbage and writes the bytes that are left to
// the file that HEAP_FILE names. Only the process itself can tell what is garbage.

const file = process.env.HEAP_FILE;

process.on('SIGUSR2', () => {
  globalThis.gc?.();
  // What waited for finalisation goes with the second.
  setImmediate(() => {
    globalThis.gc?.();
    if (file !== undefined) writeFileSync(file, `${process.memoryUsage().heapUsed}\n`);
  });
});
