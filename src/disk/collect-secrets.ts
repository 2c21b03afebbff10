import { formatPath, type Path } from '../domain/config/finding.ts';
import { isJsonObject, type Json } from '../domain/json.ts';
import type { Manifest } from '../domain/manifest.ts';
import { MIN_SECRET } from '../domain/redact-encodings.ts';
import { createKeyTest } from '../domain/redact-keys.ts';
import type { SecretUse } from '../domain/secret.ts';
import { secretHolders } from '../domain/secret-holders.ts';
import type { LoadedConfig } from './load-config.ts';

/** Shorter literals are masked only where a manifest or a schema, not merely the name of a key, calls them secret. */
const MIN_NAMED = 8;

/** Words of a header are masked by themselves from this length on: no word of a language, as `Bearer` is. */
const MIN_WORD = 8;

/** The secrets of a configuration. */
export interface CollectedSecrets {
  /** Each with the names it goes by. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** Where each stands, in the order of the configuration. */
  readonly uses: readonly SecretUse[];
}

/**
 * Finds the secrets of a configuration: what `${…}` stands for, keys that a manifest calls secret, secrets of webhooks,
 * headers of the collector of traces, and literals under keys such as `password`, of which `keys` are further names.
 */
export function collectSecrets(
  config: LoadedConfig,
  { manifests, keys }: { readonly manifests: ReadonlyMap<string, Manifest | null>; readonly keys: readonly string[] },
): CollectedSecrets {
  const isSecretKey = createKeyTest(keys);
  const values = new Map<string, readonly string[]>();
  const uses: SecretUse[] = [];

  function call(value: string, name: string): void {
    values.set(value, [...new Set([...(values.get(value) ?? []), name])]);
  }

  function add(value: string, use: Omit<SecretUse, 'holders'>, path: Path): void {
    if (use.masked) call(value, use.name);
    uses.push({ ...use, holders: secretHolders(config.tree, path) });
  }

  function isDeclared(path: Path): boolean {
    const [section, name, part, key] = path;
    if (section === 'plugins' && part === 'config') {
      return manifests.get(String(name))?.configKeys.secret.includes(String(key)) === true;
    }
    if (isHeader(path)) return true;
    const inEndpoint = section === 'webhooks' && name === 'endpoints' ? path.slice(3) : [];
    return [
      ['verify', 'secrets'],
      ['challenge', 'token'],
    ].some((wanted) => wanted.every((step, at) => step === inEndpoint[at]));
  }

  function collect(value: Json, path: Path): void {
    if (Array.isArray(value)) for (const [index, item] of value.entries()) collect(item, [...path, index]);
    else if (isJsonObject(value)) for (const [key, item] of Object.entries(value)) collect(item, [...path, key]);
    else if (typeof value === 'string' || typeof value === 'number') collectScalar(value, path);
  }

  function collectScalar(value: string | number, path: Path): void {
    const text = String(value);
    const references = config.references(path);
    for (const { kind, name, snippet, value: found, masked, warning } of references) {
      if (found === '') continue;
      add(found, { name: `${kind}:${name}`, source: kind, reference: snippet, masked, warning }, path);
    }
    if (isHeader(path)) {
      const [name] = references.map((one) => `${one.kind}:${one.name}`);
      for (const word of text.split(' ')) if (word.length >= MIN_WORD) call(word, name ?? formatPath(path));
    }
    // What is exactly one `${…}` is known by then; a text around one is a secret of its own.
    if (references.some((reference) => reference.value === text && reference.masked)) return;
    const declared = isDeclared(path);
    if (text === '' || (!declared && !isCalledSecret(text, path, isSecretKey))) return;
    const masked = text.length >= MIN_SECRET;
    const warning = masked ? null : `shorter than ${MIN_SECRET} characters`;
    add(text, { name: formatPath(path), source: 'configuration', reference: null, masked, warning }, path);
  }

  collect(config.tree, []);
  return { values, uses };
}

/** True for what authorizes the gateway at the collector of its traces. */
function isHeader([section, part, key]: Path): boolean {
  return section === 'service' && part === 'otlp' && key === 'headers';
}

/** True for a literal under a key that is called like a secret, in what instances and webhooks are given. */
function isCalledSecret(text: string, path: Path, isSecretKey: (key: string) => boolean): boolean {
  const [section = ''] = path;
  // Names of instances are no keys, and an expression says where a secret is, not what it is.
  const above = { plugins: 2, routes: 2, webhooks: 3 }[section];
  if (above === undefined || text.length < MIN_NAMED || text.includes('${{')) return false;
  return path.slice(above).some((step) => typeof step === 'string' && isSecretKey(step));
}
