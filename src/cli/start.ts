import type { LoadedSnapshot } from '../disk/build-snapshot.ts';
import { findConfig } from '../disk/find-config.ts';
import { refuseIfHeld } from '../disk/lock.ts';
import { createLogRing } from '../disk/log-ring.ts';
import { peekStateDir } from '../disk/peek-state-dir.ts';
import type { Instance } from '../domain/instance.ts';
import type { Json } from '../domain/json.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { systemClock } from '../platform/clock.ts';
import { writeCompiled } from '../platform/compile-cache.ts';
import { heapCare } from '../platform/lean-heap.ts';
import { createLog, type Log } from '../platform/log.ts';
import type { AddCommand, Session } from './command.ts';
import { invocation, nearPath } from './invocation.ts';
import type { EndSignal } from './io.ts';
import { bannerText, type Place } from './output/banner.ts';
import { problemText } from './output/failure.ts';
import { logWriter } from './output/log-line.ts';
import { VERSION } from './version.ts';

const SIGNAL_NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const satisfies Record<EndSignal, number>;

/** `ductile start`: runs the gateway in the foreground until SIGTERM or SIGINT. */
export const addStart: AddCommand = (parent, run) => {
  parent
    .command('start')
    .description('run the gateway in the foreground; SIGTERM or Ctrl-C ends it after the running jobs')
    .addHelpText('after', '\nExample:\n  $ ductile start --config /etc/ductile/ductile.yaml')
    .action(run(start));
};

async function start(session: Session): Promise<number> {
  const { io, config } = session;
  io.restrictUmask();
  heapCare.keepLean();
  const file = findConfig({ explicit: config, env: io.env, cwd: io.cwd });
  // Asked at once: whoever starts beside a gateway is told so in a fraction of the time that a start takes.
  refuseIfHeld(peekStateDir({ file, env: io.env }));
  // Loaded only now: commands that merely ask a gateway start in a fraction of the time without it.
  const [{ loadSnapshot }, { rootWarning }, { startGateway }] = await Promise.all([
    import('../disk/build-snapshot.ts'),
    import('../disk/trust.ts'),
    import('../gateway/gateway.ts'),
  ]);
  const load = (secrets: readonly string[] = []): LoadedSnapshot => {
    const { env, warnings, files } = session.readEnvironment();
    const loaded = loadSnapshot({ file, env, secrets });
    const { sources } = loaded;
    return {
      snapshot: loaded.snapshot,
      warnings: [...warnings, ...loaded.warnings],
      sources: { ...sources, files: [...sources.files, ...files] },
    };
  };
  const { snapshot, warnings, sources } = load();
  const print = logWriter(io.stdout);
  const ring = createLogRing({ monotonic: systemClock.monotonic });
  await using atTheEnd = new AsyncDisposableStack();
  atTheEnd.defer(() => ring.close());
  let inForce = (): Snapshot => snapshot;
  const log = createLog({
    level: () => inForce().service.logLevel,
    write(line) {
      print(line);
      ring.write(line);
    },
    redact: {
      text: (text) => inForce().redactor.text(text),
      json: (value) => inForce().redactor.json(value as Json),
    },
  });
  for (const warning of warnings) {
    if (io.stdout.isTerminal) io.stdout.write(problemText(warning, io.stdout));
    else log.warn(warning.message, { code: warning.code, location: warning.location, hint: warning.hint });
  }
  const asRoot = rootWarning(snapshot.instances.values());
  if (asRoot !== null) log.warn(asRoot);
  const gateway = await startGateway({
    snapshot,
    sources,
    load,
    log,
    ring,
    version: VERSION,
    environment: io.env,
    pid: io.pid,
  });
  inForce = gateway.operations.snapshot;
  // Heard from before the gateway says that it is ready: whoever waits for that may send one at once.
  const stopped = untilStopped(session, gateway, log);
  // What comes of it is in the log.
  io.onHangup(() => void gateway.operations.reload('SIGHUP').catch(() => {}));
  await announce(session, { snapshot, log, gateway });
  // A gateway may well be killed one day, and then nothing would be written.
  writeCompiled();
  return await stopped;
}

/** Waits for the first signal, then drains; a second signal kills every child and ends the process. */
function untilStopped({ io }: Session, gateway: Gateway, log: Log): Promise<number> {
  return new Promise((resolve, reject) => {
    let stopping = false;
    const forget = io.onEndSignal((signal) => {
      if (stopping) {
        log.warn('a second signal: ending at once', { signal });
        void gateway.kill().finally(() => io.exit(128 + SIGNAL_NUMBERS[signal]));
        return;
      }
      stopping = true;
      log.info('stopping: running jobs may end, nothing new starts', { signal });
      gateway
        .stop()
        .then(() => log.info('stopped'))
        .finally(forget)
        .then(() => resolve(0), reject);
    });
  });
}

interface Started {
  readonly snapshot: Snapshot;
  readonly log: Log;
  readonly gateway: Gateway;
}

/** A banner for people, or one line with the same for programs. */
async function announce({ io }: Session, { snapshot, log, gateway }: Started): Promise<void> {
  const { service, instances, routes, file, version } = snapshot;
  const schedules = await gateway.operations.schedules();
  const places = placesOf(instances.values());
  if (!io.stdout.isTerminal) {
    log.info('the gateway is ready', {
      pid: io.pid,
      config: file,
      config_version: version,
      state_dir: service.stateDir,
      instances: instances.size,
      schedules: schedules.length,
      routes: routes.length,
      paths: places,
      ...(gateway.apiAt === null ? {} : { api: gateway.apiAt }),
      ...(gateway.webhooksAt === null ? {} : { webhooks: gateway.webhooksAt }),
      ...gateway.recovery,
    });
    return;
  }
  const banner = bannerText(
    {
      name: service.name,
      pid: io.pid,
      configFile: nearPath(file, io.cwd),
      apiAt: gateway.apiAt,
      instances: [...instances.values()],
      schedules,
      routes,
      places: places.map((place) => ({ ...place, path: nearPath(place.path, io.cwd) })),
      next: [
        [invocation('status', { file, io }), 'what runs and what waits'],
        [invocation('job list', { file, io }), 'every job, newest first'],
        [invocation('job show <id>', { file, io }), 'one job: output, attempts, lineage'],
        [invocation('event list', { file, io }), 'what happened'],
      ],
      now: systemClock.now(),
    },
    io.stdout,
  );
  io.stdout.write(snapshot.redactor.text(banner));
}

/** Where people drop files and look for results: config values that the plugin's manifest calls paths. */
function placesOf(instances: Iterable<Instance>): readonly Place[] {
  return [...instances].flatMap(({ name, config, manifest }) =>
    manifest.configKeys.paths.flatMap((key) => {
      const value = config[key];
      const paths = Array.isArray(value) ? value : [value];
      if (manifest.configKeys.secret.includes(key)) return [];
      return paths.filter((path) => typeof path === 'string').map((path) => ({ instance: name, key, path }));
    }),
  );
}
