import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The id that marks a state directory's processes: made once, the same in every later run. */
export function gatewayIdOf(stateDir: string, newId: () => string): string {
  const file = join(stateDir, 'gateway-id');
  try {
    const id = readFileSync(file, 'utf8').trim();
    if (id !== '') return id;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const id = newId();
  writeFileSync(file, `${id}\n`, { mode: 0o600 });
  return id;
}
