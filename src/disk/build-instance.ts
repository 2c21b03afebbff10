import { join, resolve } from 'node:path';
import { contradiction } from '../domain/config/containment.ts';
import { execSchema, toExecConfig } from '../domain/config/exec.ts';
import { describeValue, type Finding, type Path } from '../domain/config/finding.ts';
import { instanceSchema } from '../domain/config/plugins.ts';
import { mergePolicies, type PolicyLayer } from '../domain/config/policies.ts';
import { name as nameSchema } from '../domain/config/scalars.ts';
import { nearest } from '../domain/did-you-mean.ts';
import { execManifest } from '../domain/exec-manifest.ts';
import type { ExecConfig, Instance, Program } from '../domain/instance.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { ProblemCode } from '../domain/problem-codes.ts';
import { hashOf } from './canonical-hash.ts';
import type { Discovery } from './discover-plugins.ts';
import type { LoadedConfig } from './load-config.ts';
import type { PluginLock } from './plugin-lock.ts';
import { inspectPlugin } from './trust.ts';

/** What the making of instances needs to know. */
export interface InstanceContext {
  readonly config: LoadedConfig;
  readonly discovery: Discovery;
  /** Plugins directories, for messages. */
  readonly roots: readonly string[];
  readonly defaults: PolicyLayer;
  readonly strictPlugins: boolean;
  /** What plugins must be; null: not checked. */
  readonly lock: PluginLock | null;
  /** Names of plugins whose manifest problems were reported already, and `owner:<root>` where an owner was. */
  readonly reported: Set<string>;
  /** What the group could change, by plugins directory; told once for each. */
  readonly groupWritable: Map<string, Set<string>>;
}

/** An instance as far as it can be made: routes and schedules are checked against the manifest of a broken one, too. */
export interface BuiltInstance {
  readonly name: string;
  /** Null: unknown, because the plugin is missing or broken. */
  readonly manifest: Manifest | null;
  /** Null when anything about it is wrong. */
  readonly instance: Instance | null;
}

/** The plugin behind an instance. */
interface Behind {
  readonly manifest: Manifest;
  /** What runs, and the configuration it gets. Null when it may not run, or its configuration is wrong. */
  readonly ready: { readonly program: Program; readonly config: JsonObject } | null;
}

/** Makes the instance that stands under `plugins.<name>`, schedules aside; everything wrong with it is reported. */
export function buildInstance(name: string, context: InstanceContext): BuiltInstance {
  const { config } = context;
  const path = ['plugins', name] as const;
  const named = config.decode(nameSchema(), path, name);
  const written = at(config.tree, name) ?? {};
  if (!isJsonObject(written)) {
    config.decode(instanceSchema, path, written);
    return { name, manifest: null, instance: null };
  }
  const { schedules: _, ...rest } = written;
  const section = config.decode(instanceSchema, path, rest);
  const uses = typeof written['uses'] === 'string' && written['uses'] !== '' ? written['uses'] : name;
  const given = written['config'] ?? {};
  const behind =
    uses === 'exec'
      ? execBehind(path, given, context)
      : pluginBehind({ uses, given, path, explicit: 'uses' in written }, context);
  const manifest = behind?.manifest ?? null;
  const ready = behind?.ready ?? null;
  if (section !== null && manifest !== null) checkTimeouts(section.value.timeouts ?? {}, { path, manifest, config });
  if (named === null || section === null || manifest === null || ready === null)
    return { name, manifest, instance: null };
  const policies = mergePolicies(context.defaults, section.value);
  const against = contradiction(policies.containment);
  if (against !== null) {
    const place = written['containment'] === undefined ? path : [...path, 'containment'];
    config.report({ severity: 'error', code: 'invalid_value', path: place, at: 'key', ...against });
    return { name, manifest, instance: null };
  }
  const instance = {
    name,
    plugin: uses,
    enabled: section.value.enabled,
    manifest,
    ...ready,
    env: section.value.env ?? {},
    concurrency: section.value.concurrency ?? manifest.concurrency,
    runAs: section.value.run_as ?? null,
    initHash: manifest.commands.has('init') ? hashOf([uses, manifest.version, ready.config]) : null,
    ...policies,
  };
  return { name, manifest, instance };
}

/** Warns of time limits that would never apply: whoever wrote one counts on it. */
function checkTimeouts(
  timeouts: Readonly<Record<string, number>>,
  { path, manifest, config }: { readonly path: Path; readonly manifest: Manifest; readonly config: LoadedConfig },
): void {
  const known = [...manifest.commands.keys()];
  for (const command of Object.keys(timeouts).filter((one) => !manifest.commands.has(one))) {
    const near = nearest(command, known);
    config.report({
      severity: 'warning',
      code: 'unknown_command',
      path: [...path, 'timeouts', command],
      at: 'key',
      message: `this time limit never applies: the plugin declares no command "${command}"`,
      hint: near === null ? `it declares: ${known.join(', ')}` : `did you mean "${near}"?`,
    });
  }
}

function at(tree: JsonObject, name: string): Json | undefined {
  const plugins = tree['plugins'];
  return isJsonObject(plugins) ? plugins[name] : undefined;
}

/** Stands in for a broken `config`: the commands of `exec` are the same with any. */
const NO_COMMAND: ExecConfig = { argv: null, shell: null, stdin: 'none', env: {}, emit: null, idempotent: true };

function execBehind(path: Path, given: Json, { config }: InstanceContext): Behind {
  const decoded = config.decode(execSchema, [...path, 'config'], given);
  if (decoded === null) return { manifest: execManifest(NO_COMMAND), ready: null };
  const exec = withProgram(toExecConfig(decoded.value), config.directoryOf([...path, 'config', 'argv']));
  const ready = { program: { kind: 'exec', exec }, config: isJsonObject(given) ? given : {} } as const;
  return { manifest: execManifest(exec), ready };
}

/** The command with a program such as `./backup.sh` made absolute: relative paths start at the file that names them. */
function withProgram(exec: ExecConfig, directory: string): ExecConfig {
  const [program = '', ...args] = exec.argv ?? [];
  return program.includes('/') ? { ...exec, argv: [resolve(directory, program), ...args] } : exec;
}

function pluginBehind(
  of: { readonly uses: string; readonly given: Json; readonly path: Path; readonly explicit: boolean },
  context: InstanceContext,
): Behind | null {
  const { uses, given, path } = of;
  const { config, discovery } = context;
  const found = discovery.plugins.get(uses);
  if (found === undefined) {
    config.report(notFound(of, context));
    return null;
  }
  if (!context.reported.has(uses)) config.problems.push(...found.problems);
  context.reported.add(uses);
  const { manifest, root, dir } = found;
  if (manifest === null) return null;
  const program = {
    kind: 'plugin',
    root,
    dir,
    entrypoint: join(dir, manifest.entrypoint),
    ...(context.lock === null ? {} : { locked: context.lock.get(dir) ?? new Map<string, string>() }),
  } as const;
  const trusted = inspectTrust({ uses, program, path }, context);
  const complete = isJsonObject(given) && checkConfigKeys({ given, manifest, uses, path }, config);
  const ready =
    trusted && complete
      ? { program, config: withPaths(given, manifest, (key) => config.directoryOf([...path, 'config', key])) }
      : null;
  return { manifest, ready };
}

function notFound(
  { uses, path, explicit }: { readonly uses: string; readonly path: Path; readonly explicit: boolean },
  { discovery, roots }: InstanceContext,
): Finding {
  const near = nearest(uses, [...discovery.plugins.keys(), 'exec']);
  const searched = `searched ${roots.join(', ')}`;
  return {
    severity: 'error',
    code: 'plugin_not_found',
    path: explicit ? [...path, 'uses'] : path,
    at: explicit ? 'value' : 'key',
    message: `there is no plugin ${describeValue(uses)}; ${searched}`,
    hint: near === null ? 'a plugin is a directory with a manifest.yaml; `uses:` names it' : `did you mean "${near}"?`,
  };
}

function inspectTrust(
  of: { readonly uses: string; readonly program: Extract<Program, { kind: 'plugin' }>; readonly path: Path },
  { config, strictPlugins, lock, groupWritable, reported }: InstanceContext,
): boolean {
  const locked = lock === null || lock.has(of.program.dir);
  const { warnings, owner, ...inspected } = inspectPlugin(of.program, { strict: strictPlugins });
  const reason = locked ? inspected.reason : 'it is not in ductile.lock; look at it, then run `ductile plugin lock`';
  for (const warning of warnings) {
    const known = groupWritable.get(of.program.root) ?? new Set();
    groupWritable.set(of.program.root, known.add(warning));
  }
  if (owner !== null && !reported.has(`owner:${of.program.root}`)) {
    reported.add(`owner:${of.program.root}`);
    config.report(ownedByUser(of.path, owner));
  }
  if (reason === null) return true;
  config.report({
    severity: 'error',
    code: 'plugin_untrusted',
    path: of.path,
    at: 'key',
    message: `the plugin ${describeValue(of.uses)} is not trusted: ${reason}`,
    hint: null,
  });
  return false;
}

function ownedByUser(path: Path, owner: { readonly path: string; readonly uid: number }): Finding {
  return {
    severity: 'warning',
    code: 'plugin_untrusted',
    path,
    at: 'key',
    message: `${owner.path} belongs to an ordinary user (uid ${owner.uid}), who can change what root runs`,
    hint: 'start Ductile as that user, or chown its plugins to root',
  };
}

/** Checks the keys of `config` against the manifest. False when one is missing. */
function checkConfigKeys(
  of: { readonly given: JsonObject; readonly manifest: Manifest; readonly uses: string; readonly path: Path },
  config: LoadedConfig,
): boolean {
  const { given, path } = of;
  const { required, optional, secret } = of.manifest.configKeys;
  const known = new Set([...required, ...optional, ...secret]);
  const report = (code: ProblemCode, key: string, message: string, hint: string | null): void => {
    const missing = code === 'config_key_missing';
    const place = missing ? [...path, 'config'] : [...path, 'config', key];
    config.report({ severity: missing ? 'error' : 'warning', code, path: place, at: 'key', message, hint });
  };
  const missing = required.filter((key) => given[key] === undefined || given[key] === null);
  for (const key of missing) {
    report('config_key_missing', key, `the plugin "${of.uses}" requires the key "${key}" in config`, null);
  }
  for (const key of Object.keys(given).filter((name) => !known.has(name))) {
    const near = nearest(key, known);
    const hint =
      near !== null ? `did you mean "${near}"?` : known.size > 0 ? `known here: ${[...known].join(', ')}` : null;
    report('config_key_unknown', key, `the plugin "${of.uses}" does not declare the key ${describeValue(key)}`, hint);
  }
  return missing.length === 0;
}

/** The configuration with the keys that the manifest calls paths made absolute. */
function withPaths(given: JsonObject, manifest: Manifest, directoryOf: (key: string) => string): JsonObject {
  const absolute = (value: Json, directory: string): Json => {
    if (Array.isArray(value)) return value.map((item: Json) => absolute(item, directory));
    return typeof value === 'string' && value !== '' ? resolve(directory, value) : value;
  };
  const paths = new Set(manifest.configKeys.paths);
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => [key, paths.has(key) ? absolute(value, directoryOf(key)) : value]),
  );
}
