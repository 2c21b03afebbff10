import type { Path } from '../domain/config/finding.ts';
import { targetSection } from '../domain/config/job-target.ts';
import { name } from '../domain/config/scalars.ts';
import type { Json } from '../domain/json.ts';
import type { LoadedConfig } from './load-config.ts';

/** A target as far as it is well-formed: null stands for what is broken, which its schema has reported. */
export interface ReadTarget {
  readonly instance: string | null;
  readonly command: string | null;
}

/** Reads an instance or `{ instance, command }`, as written at a path. */
export function readTarget(written: Json | undefined, path: Path, config: LoadedConfig): ReadTarget {
  const { data } = name().safeParse(written);
  if (data !== undefined) return { instance: data, command: 'handle' };
  const salvaged = config.salvage(targetSection, path, written);
  const broken = salvaged?.broken.map(([key]) => key) ?? ['instance', 'command'];
  return {
    instance: broken.includes('instance') ? null : (salvaged?.value.instance ?? null),
    command: broken.includes('command') ? null : (salvaged?.value.command ?? null),
  };
}
