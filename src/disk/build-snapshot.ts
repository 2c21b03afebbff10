import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { notYet } from '../domain/config/not-yet.ts';
import { defaultsSchema, pluginsDirSchema, pluginsSchema } from '../domain/config/plugins.ts';
import type { PolicyLayer } from '../domain/config/policies.ts';
import { SECTIONS } from '../domain/config/root.ts';
import { section } from '../domain/config/scalars.ts';
import { type ServiceConfig, serviceSchema, toServiceConfig } from '../domain/config/service.ts';
import type { Problem } from '../domain/errors.ts';
import type { Instance } from '../domain/instance.ts';
import { isJsonObject } from '../domain/json.ts';
import { createRedactor, type Redactor } from '../domain/redact.ts';
import { readTimeZone } from '../domain/schedule-read.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { systemClock } from '../platform/clock.ts';
import { once } from '../platform/once.ts';
import { buildApi } from './build-api.ts';
import { readBackupPlan } from './build-backup-plan.ts';
import { buildExpectations } from './build-expectations.ts';
import { type BuiltInstance, buildInstance } from './build-instance.ts';
import { buildRoutes } from './build-routes.ts';
import { buildSchedules } from './build-schedules.ts';
import { buildWebhooks } from './build-webhooks.ts';
import { hashOf } from './canonical-hash.ts';
import { checkOutside } from './check-outside.ts';
import { checkPrograms } from './check-programs.ts';
import { collectSecrets } from './collect-secrets.ts';
import { type Discovery, discoverPlugins } from './discover-plugins.ts';
import { instanceTemplates } from './instance-templates.ts';
import { invalid } from './invalid.ts';
import { checkListen, listenAddresses } from './listen-addresses.ts';
import { type LoadedConfig, loadConfig } from './load-config.ts';
import { lockFileOf, type PluginLock, readPluginLock } from './plugin-lock.ts';
import { resolveStateDir } from './resolve-state-dir.ts';
import { showConfig } from './show-config.ts';
import type { Sources } from './sources.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A snapshot with everything that deserves a word but does not stand in the way. */
export interface LoadedSnapshot {
  readonly snapshot: Snapshot;
  readonly warnings: readonly Problem[];
  readonly sources: Sources;
}

/**
 * Reads a configuration with its plugins, routes and schedules into one snapshot. Throws `config_invalid` with every
 * error and warning at once, in the order of files and lines; nothing is kept of a configuration with an error.
 */
export function loadSnapshot(options: {
  readonly file: string;
  readonly env: Environment;
  /** Epoch milliseconds; what lies before is past. Default: the machine's clock. */
  readonly now?: number;
  /** Values to mask besides those it finds. */
  readonly secrets?: readonly string[];
  /** False: whatever `service.verify_plugins` says, since the lock is what is asked about. */
  readonly verifyPlugins?: boolean;
}): LoadedSnapshot {
  const { file, env, now = systemClock.now(), secrets = [], verifyPlugins = true } = options;
  const config = loadConfig({ file, env });
  const sections = Object.fromEntries(Object.keys(SECTIONS).map((key) => [key, z.unknown().optional()]));
  config.decode(section(sections, 'a map of sections'), []);
  const service = readService(config, env);
  const lock = verifyPlugins && service.verifyPlugins === 'locked' ? readLock(config) : null;
  const { built, roots, discovery } = readInstances(config, { service, lock });
  const schedules = built.flatMap((instance) => buildSchedules(instance, { config, timezone: service.timezone, now }));
  const targets = new Map(built.map((instance) => [instance.name, instance]));
  const routes = buildRoutes(targets, config);
  const webhooks = buildWebhooks(targets, config);
  const expectations = buildExpectations({ targets, schedules }, config);
  const api = buildApi(config);
  checkListen(config, { endpoints: webhooks.endpoints.length });
  checkOutside(targets, config);
  checkPrograms(
    built.map(({ instance }) => instance),
    { config, path: env['PATH'] },
  );
  for (const finding of notYet(config.tree)) config.report(finding);
  const manifests = new Map(built.map(({ name, manifest }) => [name, manifest]));
  const found = collectSecrets(config, { manifests, keys: service.redact.keys });
  const redactor = createRedactor({
    secrets: [...new Set([...secrets, ...config.secrets, ...found.values.keys()])],
    names: found.values,
    ...service.redact,
  });
  const problems = finish(config, redactor);
  if (problems.some(({ severity }) => severity === 'error')) throw invalid(config.file, problems);
  const instances = new Map(
    built.flatMap(({ name, instance }): [string, Instance][] => (instance === null ? [] : [[name, instance]])),
  );
  const version = versionOf(config, service, instances, discovery);
  return {
    snapshot: {
      version,
      file: config.file,
      service,
      listen: listenAddresses(config.tree),
      api,
      webhooks,
      instances,
      routes,
      schedules,
      expectations,
      redactor,
      templates: once(() => instanceTemplates(config, { instances, redactor, keys: service.redact.keys })),
      secrets: found.uses,
      shown: once(() => showConfig(config, { instances, redactor, keys: service.redact.keys })),
    },
    warnings: problems,
    sources: withPlugins(config.sources, roots, discovery),
  };
}

/** The `service` section; what is broken in it takes its default, so that the rest can be checked. */
function readService(config: LoadedConfig, env: Environment): ServiceConfig {
  const written = config.tree['service'] ?? {};
  const decoded = config.decode(serviceSchema, ['service'], written);
  const values = decoded?.value ?? {
    ...serviceSchema.parse({}),
    ...config.salvage(serviceSchema, ['service'], written)?.value,
  };
  const timezone = readTimeZone(values.timezone, ({ code, message, hint }) => {
    const path = ['service', 'timezone'];
    config.report({ severity: 'error', code, path, at: 'value', message: `service.timezone: ${message}`, hint });
    return null;
  });
  return toServiceConfig(
    { ...values, timezone: timezone ?? 'UTC' },
    {
      stateDir: resolveStateDir(values.state_dir, {
        directory: config.directoryOf(['service', 'state_dir']),
        env,
      }),
      concurrency: Math.max(2, availableParallelism()),
      backup: readBackupPlan(values.backup, timezone ?? 'UTC', config),
    },
  );
}

/** The lock that plugins are held to; one that cannot be read is said once, and no plugin is compared with it. */
function readLock(config: LoadedConfig): PluginLock | null {
  const file = lockFileOf(config.file);
  const read = readPluginLock(file);
  if (read.ok) return read.lock;
  config.report({
    severity: 'error',
    code: 'plugin_untrusted',
    path: ['service', 'verify_plugins'],
    at: 'value',
    message: `service.verify_plugins: plugins are held to ${file}, which cannot be read: ${read.reason}`,
    hint: 'look at the plugins, then run `ductile plugin lock`',
  });
  return null;
}

function readInstances(
  config: LoadedConfig,
  { service, lock }: { readonly service: ServiceConfig; readonly lock: PluginLock | null },
): { readonly built: readonly BuiltInstance[]; readonly roots: readonly string[]; readonly discovery: Discovery } {
  const { roots, discovery } = discover(config);
  const context = {
    config,
    discovery,
    roots,
    defaults: readDefaults(config),
    strictPlugins: service.strictPlugins,
    lock,
    reported: new Set<string>(),
    groupWritable: new Map<string, Set<string>>(),
  };
  const plugins = config.tree['plugins'] ?? {};
  if (!isJsonObject(plugins)) config.decode(pluginsSchema, ['plugins'], plugins);
  const names = isJsonObject(plugins) ? Object.keys(plugins) : [];
  const built = names.map((name) => buildInstance(name, context));
  for (const [name, plugin] of discovery.plugins) {
    if (context.reported.has(name)) continue;
    config.problems.push(...plugin.problems.map((problem): Problem => ({ ...problem, severity: 'warning' })));
  }
  for (const [root, paths] of context.groupWritable) config.problems.push(groupWritable(root, [...paths]));
  return { built, roots, discovery };
}

function discover(config: LoadedConfig): { readonly roots: readonly string[]; readonly discovery: Discovery } {
  const explicit = config.tree['plugins_dir'] !== undefined;
  const decoded = config.decode(pluginsDirSchema, ['plugins_dir'], config.tree['plugins_dir'] ?? './plugins');
  const written = [decoded?.value ?? './plugins'].flat();
  const roots = written.map((path) => resolve(config.directoryOf(['plugins_dir']), path));
  const discovery = discoverPlugins(roots);
  config.problems.push(...discovery.warnings);
  for (const root of explicit ? discovery.unreadable : []) {
    const index = roots.indexOf(root);
    const single = typeof config.tree['plugins_dir'] === 'string';
    config.report({
      severity: 'error',
      code: 'file_unreadable',
      path: single ? ['plugins_dir'] : ['plugins_dir', index],
      at: 'value',
      message: `the plugins directory "${written[index] ?? root}" cannot be listed (${root})`,
      hint: 'a relative path starts at the folder of the configuration file',
    });
  }
  return { roots, discovery };
}

function readDefaults(config: LoadedConfig): PolicyLayer {
  return config.decode(defaultsSchema, ['defaults'], config.tree['defaults'] ?? {})?.value ?? {};
}

function groupWritable(root: string, paths: readonly string[]): Problem {
  const others = paths.length === 1 ? '' : `, and ${paths.length - 1} more below ${root}`;
  return {
    severity: 'warning',
    code: 'plugin_untrusted',
    message: `${paths[0] ?? root}${others}`,
    location: null,
    hint: `chmod -R g-w ${root}; service.strict_plugins: true refuses such plugins`,
  };
}

function withPlugins({ files, folders }: Sources, roots: readonly string[], { plugins }: Discovery): Sources {
  const manifests = [...plugins.values()].map(({ dir }) => join(dir, 'manifest.yaml'));
  return { files: [...files, ...manifests], folders: [...folders, ...roots] };
}

/** The problems in the order in which people mend them, their secrets masked. */
function finish(config: LoadedConfig, redactor: Redactor): readonly Problem[] {
  const rank = ({ location }: Problem): readonly [number, number] => [location?.line ?? 0, location?.column ?? 0];
  return config.problems
    .map((problem) => ({
      ...problem,
      message: redactor.text(problem.message),
      hint: problem.hint === null ? null : redactor.text(problem.hint),
    }))
    .toSorted((a, b) => {
      const [fileA, fileB] = [a.location?.file ?? '', b.location?.file ?? ''];
      if (fileA !== fileB) return fileA === config.file || (fileB !== config.file && fileA < fileB) ? -1 : 1;
      const [[lineA, columnA], [lineB, columnB]] = [rank(a), rank(b)];
      return lineA - lineB || columnA - columnB;
    });
}

function versionOf(
  config: LoadedConfig,
  service: ServiceConfig,
  instances: ReadonlyMap<string, Instance>,
  discovery: Discovery,
): string {
  const manifests = [...instances.values()].map(({ name, plugin, program }) => [
    name,
    program.kind === 'exec'
      ? null
      : [program.dir, discovery.plugins.get(plugin)?.text ?? null, ...(program.locked ?? [])],
  ]);
  return hashOf([config.tree, service.stateDir, manifests]);
}
