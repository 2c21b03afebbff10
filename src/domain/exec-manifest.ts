import type { ExecConfig } from './instance.ts';
import type { CommandSpec, Manifest } from './manifest.ts';

const COMMANDS: Readonly<Record<string, string>> = {
  poll: 'Runs the command, as a schedule does.',
  handle: 'Runs the command, as a route does.',
  run: 'Runs the command.',
};

/** The manifest of the built-in `exec`: every command runs the same program. */
export function execManifest(exec: ExecConfig): Manifest {
  const commands = Object.entries(COMMANDS).map(([name, description]): [string, CommandSpec] => [
    name,
    { name, description, idempotent: exec.idempotent, inputSchema: null },
  ]);
  return {
    name: 'exec',
    version: '1.0.0',
    protocol: 1,
    entrypoint: 'exec',
    description: 'Runs an ordinary command, without any protocol.',
    commands: new Map(commands),
    configKeys: {
      required: [],
      optional: ['argv', 'shell', 'stdin', 'env', 'emit', 'idempotent'],
      secret: [],
      paths: [],
    },
    events: new Map(exec.emit === null ? [] : [[exec.emit, { type: exec.emit, schema: null }]]),
    concurrency: 1,
  };
}
