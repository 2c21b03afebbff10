import { existsSync } from 'node:fs';
import { findProgram } from '../platform/find-program.ts';
import { commandOfEnv, readShebang } from './shebang.ts';

/** What was tried when a process could not be started. */
export interface SpawnAttempt {
  /** Absolute. */
  readonly program: string;
  readonly cwd: string;
  readonly path: string | undefined;
}

/** What went wrong and what to do about it, from the code that the system gave. */
export function explainSpawnError(code: string, { program, cwd }: SpawnAttempt): string {
  switch (code) {
    case 'ENOENT':
      return explainMissing(program, cwd);
    case 'ENOTDIR':
      return `${program} or ${cwd} leads through something that is not a directory`;
    case 'EACCES':
      return `${program} may not be executed: run \`chmod +x\` on it, and check that its interpreter and ${cwd} are accessible and its file system is not mounted noexec`;
    case 'ENOEXEC':
      return `${program} is neither a program for this machine nor a script with a #! line`;
    case 'ELOOP':
      return `${program} is a chain of links that does not end`;
    case 'E2BIG':
      return 'the arguments and the environment are larger than the system allows; pass large data on stdin';
    case 'ETXTBSY':
      return `${program} is still open for writing in another process`;
    case 'EAGAIN':
      return 'the system allows no more processes (ulimit -u, or a pids limit of its cgroup); lower service.concurrency';
    case 'ENOMEM':
      return 'not enough memory to start a process';
    case 'EMFILE':
    case 'ENFILE':
      return 'too many open files (ulimit -n); raise the limit or lower service.concurrency';
    default:
      return `${program} could not be started: ${code}`;
  }
}

function explainMissing(program: string, cwd: string): string {
  if (!existsSync(cwd)) return `the working directory ${cwd} does not exist`;
  if (!existsSync(program)) return `${program} does not exist`;
  const shebang = readShebang(program);
  if (shebang === null) return `the loader that ${program} needs was not found; was it built for another system?`;
  if (shebang.endsWith('\r')) {
    return `the first line of ${program} ends in a carriage return; save the file with Unix line endings`;
  }
  const interpreter = shebang.trim().split(/\s+/, 1)[0] ?? '';
  return `#!${shebang}: ${interpreter} was not found; install it, or change the first line of ${program}`;
}

/**
 * Why `#!/usr/bin/env command` could not run the script, when it could not: env starts, then exits with 127 on its own.
 * Null when the command is there, or the script is not started that way.
 */
export function explainMissingInterpreter({ program, cwd, path }: SpawnAttempt): string | null {
  const shebang = readShebang(program);
  const command = shebang === null ? null : commandOfEnv(shebang);
  if (shebang === null || command === null) return null;
  if (shebang.endsWith('\r')) {
    return `the first line of ${program} ends in a carriage return; save the file with Unix line endings`;
  }
  if (findProgram(command, { path, cwd }) !== null) return null;
  return `#!${shebang}: ${command} was not found on PATH (${path ?? 'not set'}); install it, or set PATH in the instance's env`;
}
