import { formatSize } from '../../domain/units.ts';
import type { BundleManifest } from '../../engine/replay/bundle-manifest.ts';
import { shellWord } from '../invocation.ts';
import type { Paint } from './paint.ts';

const KIB = 1_024;

/** A bundle that was written, for people: what is in it, what is not, and how to use it. `path` is as they would type it. */
export function bundleText(
  bundle: BundleManifest & { readonly bytes: number },
  { paint, path }: { readonly paint: Paint; readonly path: string },
): string {
  const { job_id, instance, command, attempts, program, references, masked, bytes } = bundle;
  const fact = (name: string, value: string): string => `  ${paint('dim', name.padEnd(8))} ${value}\n`;
  const count = attempts.length === 1 ? `attempt ${attempts[0]?.attempt}` : `${attempts.length} attempts`;
  return [
    `${paint('good', '✓')} ${paint('strong', path)} ${paint('dim', formatSize(Math.ceil(bytes / KIB) * KIB))}\n`,
    fact('job', `${job_id}: ${instance} ${command}, ${count}`),
    ...attempts.flatMap(({ attempt, reason }) =>
      reason === null ? [] : [fact('', `${paint('warn', `attempt ${attempt} cannot be replayed`)}: ${reason}`)],
    ),
    program.included
      ? fact('plugin', `${program.files} files`)
      : fact('plugin', `${paint('warn', 'not in it')}: ${program.reason ?? ''}`),
    ...program.omitted.map((one) => fact('', `${paint('warn', 'left out')} ${one.path}: ${one.reason}`)),
    fact('secrets', references.length === 0 ? 'none are needed' : `not in it: ${references.join(', ')}`),
    ...masked.map(({ file, places }) =>
      fact('masked', `${file} ${places.filter((one) => one !== '').join(', ')}`.trimEnd()),
    ),
    fact('replay', `ductile replay --bundle ${shellWord(path)}`),
  ].join('');
}
