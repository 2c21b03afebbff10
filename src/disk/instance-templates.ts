import type { Path } from '../domain/config/finding.ts';
import type { Instance } from '../domain/instance.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import type { Redactor } from '../domain/redact.ts';
import { createKeyTest } from '../domain/redact-keys.ts';
import { MASK } from '../domain/redact-text.ts';
import type { InstanceTemplate, TemplateFill } from '../domain/replay/instance-template.ts';
import { asJson, type LoadedConfig } from './load-config.ts';

/** What decides about what is secret. */
interface Secrecy {
  readonly redactor: Redactor;
  /** Further names of keys whose values are masked. */
  readonly keys: readonly string[];
}

/** Every instance as its attempts run it, by name, with each secret as a reference to where it comes from. */
export function instanceTemplates(
  config: LoadedConfig,
  { instances, ...secrecy }: Secrecy & { readonly instances: ReadonlyMap<string, Instance> },
): Readonly<Record<string, InstanceTemplate>> {
  const isSecretKey = createKeyTest(secrecy.keys);
  return Object.fromEntries(
    [...instances].map(([name, instance]) => [name, templateOf(instance, { ...secrecy, config, isSecretKey })]),
  );
}

interface Means extends Secrecy {
  readonly config: LoadedConfig;
  readonly isSecretKey: (key: string) => boolean;
}

function templateOf(instance: Instance, means: Means): InstanceTemplate {
  const { name, plugin, program, env, timeouts, defaultTimeoutMs, limits, containment } = instance;
  const exec = program.kind === 'exec' ? program.exec : null;
  const fills: TemplateFill[] = [];
  const declared = new Set(instance.manifest.configKeys.secret);

  /** What stands at a place, secrets masked and noted; `in` is where the configuration has it. */
  function mask(
    value: Json,
    place: { readonly at: TemplateFill['at']; readonly in: Path; readonly within: boolean },
  ): Json {
    const key = place.at.at(-1);
    const named = typeof key === 'string' && (means.isSecretKey(key) || (place.at.length === 2 && declared.has(key)));
    const within = place.within || named;
    const inside = (part: string | number) => ({ at: [...place.at, part], in: [...place.in, part], within });
    if (Array.isArray(value)) return value.map((item: Json, index) => mask(item, inside(index)));
    if (isJsonObject(value)) {
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mask(item, inside(name))]));
    }
    if (!isSecret(value, within, means)) return value;
    fills.push({ at: place.at, parts: partsOf(value, { ...means, in: place.in, within }) });
    return MASK;
  }

  const whole = (value: Json, at: string, section: string): Json =>
    mask(value, { at: [at], in: ['plugins', name, section], within: false });
  return {
    instance: name,
    plugin,
    config: exec === null ? asObject(whole(instance.config, 'config', 'config')) : {},
    env: asTexts(whole(env, 'env', 'env')),
    exec: exec === null ? null : { ...exec, ...maskedExec(asObject(whole(asJson(exec), 'exec', 'config'))) },
    timeouts,
    default_timeout_ms: defaultTimeoutMs,
    limits,
    containment,
    fills,
  };
}

function isSecret(value: Json, within: boolean, { redactor }: Means): boolean {
  if (typeof value === 'string') return (within && value !== '') || redactor.text(value) !== value;
  return typeof value === 'number' && (within || redactor.text(String(value)) !== String(value));
}

/** What a secret value is made of: its references, if with what stands around them they make the value; else the whole of it. */
function partsOf(value: Json, where: Means & { readonly in: Path; readonly within: boolean }): TemplateFill['parts'] {
  const { config, redactor, within } = where;
  const pieces = config.piecesOf(where.in) ?? [];
  const parts = pieces.map(({ text, from, secret }) =>
    from !== null && (secret || within || redactor.text(text) !== text) ? { from } : { text },
  );
  const joined = pieces.map(({ text }) => text).join('');
  const literal = parts.flatMap((part) => ('text' in part ? [part.text] : []));
  const open = literal.some((text) => redactor.text(text) !== text) || literal.length === parts.length;
  // A path that was made absolute, or a secret that is written out: the configuration itself is the reference.
  return joined === value && !open ? parts : [{ from: `config:${where.in.join('.')}` }];
}

function asObject(value: Json): JsonObject {
  return isJsonObject(value) ? value : {};
}

function asTexts(value: Json): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(asObject(value)).map(([name, text]) => [name, String(text)]));
}

/** The parts of an `exec` that may hold a secret. */
function maskedExec({
  argv,
  shell,
  env,
}: JsonObject): Pick<NonNullable<InstanceTemplate['exec']>, 'argv' | 'shell' | 'env'> {
  return {
    argv: Array.isArray(argv) ? argv.map(String) : null,
    shell: typeof shell === 'string' ? shell : null,
    env: asTexts(env ?? {}),
  };
}
