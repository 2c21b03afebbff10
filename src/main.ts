#!/usr/bin/env node
/** Oldest Node this runs on: the first with SQLite ≥ 3.51.3 built in. */
const OLDEST_NODE = [24, 15] as const;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  process.stderr.write(
    `ductile needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.version}.\n` +
      'In a clone, `npx ductile …` and `npm run …` use the right one.\n',
  );
  process.exit(78);
}

// Loaded only now: on an older Node the import itself would fail with a message that helps nobody.
const { keepCompiled } = await import('./platform/compile-cache.ts');
keepCompiled(process.env);
const { runCli } = await import('./cli/run-cli.ts');
const { processIo } = await import('./cli/process-io.ts');
process.exitCode = await runCli(process.argv.slice(2), processIo(process));

export {};
