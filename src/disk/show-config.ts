import { stringify } from 'yaml';
import type { Path } from '../domain/config/finding.ts';
import type { Instance } from '../domain/instance.ts';
import { isJsonObject, type Json } from '../domain/json.ts';
import type { Redactor } from '../domain/redact.ts';
import { createKeyTest } from '../domain/redact-keys.ts';
import { MASK } from '../domain/redact-text.ts';
import type { ShownConfig, WrittenValue } from '../domain/snapshot.ts';
import type { LoadedConfig } from './load-config.ts';

/** What decides about what is secret. */
interface Secrecy {
  readonly instances: ReadonlyMap<string, Instance>;
  readonly redactor: Redactor;
  /** Further names of keys whose values are masked. */
  readonly keys: readonly string[];
}

/** Secrets of webhooks, whatever they look like. */
const VERIFY = ['webhooks', 'endpoints', '*', 'verify', 'secrets'];
/** Headers may hold tokens under any name. */
const OTLP_HEADERS = ['service', 'otlp', 'headers', '*'];

/** The configuration with every secret masked: those that the redactor knows, and whatever a manifest or a key's name calls one. */
export function showConfig(config: LoadedConfig, { instances, redactor, keys }: Secrecy): ShownConfig {
  const isSecretKey = createKeyTest(keys);
  const written: WrittenValue[] = [];

  function isSecret(path: Path): boolean {
    const key = path.at(-1);
    if (typeof key === 'string' && isSecretKey(key)) return true;
    const [section, name, part, own] = path;
    if (section === 'plugins' && part === 'config' && path.length === 4) {
      return instances.get(String(name))?.manifest.configKeys.secret.includes(String(own)) === true;
    }
    return lies(path, VERIFY) || lies(path, OTLP_HEADERS);
  }

  function mask(value: Json, secret: boolean): Json {
    if (typeof value === 'string') return secret && value !== '' ? MASK : redactor.text(value);
    return secret && typeof value === 'number' ? MASK : value;
  }

  /** What stands at a path as it is written, noting its scalars. A reference says where a secret is, not what it is. */
  function show(value: Json, path: Path, within: boolean): Json {
    const secret = within || isSecret(path);
    if (Array.isArray(value)) return value.map((item: Json, index) => show(item, [...path, index], secret));
    if (isJsonObject(value)) {
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [redactor.text(key), show(item, [...path, key], secret)]),
      );
    }
    const { written: source, location } = config.whence(path);
    const reference = source === null ? null : redactor.text(source);
    written.push({ path, value: mask(value, secret), reference, location });
    return reference ?? mask(value, secret);
  }

  const tree = show(config.tree, [], false);
  const empty = isJsonObject(tree) && Object.keys(tree).length === 0;
  return { text: empty ? '' : stringify(tree, { lineWidth: 0, aliasDuplicateObjects: false }), written };
}

function lies(path: Path, pattern: readonly string[]): boolean {
  return path.length === pattern.length && pattern.every((wanted, at) => wanted === '*' || wanted === path[at]);
}
