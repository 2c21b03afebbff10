import type { Instance } from '../domain/instance.ts';
import { isJsonObject, type Json } from '../domain/json.ts';
import type { ResolveSecret } from '../domain/replay/instance-template.ts';
import { asJson } from './load-config.ts';
import { readSecretFile } from './secret-file.ts';

/** Where the secrets of a template are looked for, in this order. */
export interface SecretPlaces {
  /** By reference (`env:NAME`, `file:<path>`, `config:<place>`), or by the bare name of a variable. */
  readonly given: ReadonlyMap<string, string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** False: a file that a template names is not read, since the template comes from somebody else. */
  readonly readsFiles: boolean;
  /** The instance as it is configured now; null: it is not. */
  readonly instance: Instance | null;
}

/** Finds the secrets of a template, and keeps what it found in `values` so that it can be masked. */
export function secretValues({ given, env, readsFiles, instance }: SecretPlaces): {
  readonly resolve: ResolveSecret;
  readonly values: Set<string>;
} {
  const values = new Set<string>();
  const find = (reference: string, at: readonly (string | number)[]): Json | undefined => {
    const [kind = '', ...rest] = reference.split(':');
    const name = rest.join(':');
    const own = given.get(reference) ?? (kind === 'env' ? given.get(name) : undefined);
    if (own !== undefined) return own;
    if (kind === 'env') return Object.hasOwn(env, name) ? env[name] : undefined;
    if (kind === 'file') return readsFiles ? fileValue(name) : undefined;
    return instance === null ? undefined : valueIn(instance, at);
  };
  return {
    values,
    resolve(reference, at) {
      const value = find(reference, at);
      if (typeof value === 'string' || typeof value === 'number') values.add(String(value));
      return value;
    },
  };
}

/** The text of a secret file as a configuration takes it. */
function fileValue(path: string): string | undefined {
  const read = readSecretFile(path, '/');
  return read.ok ? read.content.replace(/\r?\n$/, '') : undefined;
}

function valueIn({ config, env, program }: Instance, at: readonly (string | number)[]): Json | undefined {
  const exec = program.kind === 'exec' ? asJson(program.exec) : null;
  return at.reduce<Json | undefined>(
    (value, key) => {
      if (Array.isArray(value)) return typeof key === 'number' ? value[key] : undefined;
      return isJsonObject(value) && Object.hasOwn(value, key) ? value[String(key)] : undefined;
    },
    { config, env, exec },
  );
}
