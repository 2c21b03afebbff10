import { parseEnv } from 'node:util';
import { OperatorError, type Problem } from '../domain/errors.ts';
import { readSecretFile } from './secret-file.ts';

/** Variables from files of lines `NAME=value`, as `--env-file` of Node and Docker reads them. */
export interface EnvFiles {
  readonly values: Readonly<Record<string, string>>;
  readonly warnings: readonly Problem[];
}

/**
 * Reads such files, a later one over an earlier one; paths start at `cwd`. What everyone may read warns; throws
 * `env_file_refused` for one that cannot be read or that everyone may write.
 */
export function readEnvFiles(files: readonly string[], cwd: string): EnvFiles {
  const values: Record<string, string> = {};
  const warnings: Problem[] = [];
  for (const file of files) {
    const read = readSecretFile(file, cwd);
    if (!read.ok) {
      throw new OperatorError('env_file_refused', read.message, {
        hint:
          read.code === 'secret_file_unsafe'
            ? `chmod o-w ${file}`
            : 'a relative path of --env-file starts at the working directory',
      });
    }
    if (read.warning !== null) {
      const location = { file, line: 1, column: 1 };
      warnings.push({
        severity: 'warning',
        code: 'secret_file_unsafe',
        message: read.warning,
        location,
        hint: 'chmod 600',
      });
    }
    Object.assign(values, parseEnv(read.content));
  }
  return { values, warnings };
}
