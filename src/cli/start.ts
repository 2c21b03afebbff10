import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { loadSnapshot } from '../disk/build-snapshot.ts';
import { findConfig } from '../disk/find-config.ts';
import { rootWarning } from '../disk/trust.ts';
import type { Instance } from '../domain/instance.ts';
import { formatInstant } from '../domain/instant.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { ScheduleView } from '../engine/scheduler.ts';
import { type Gateway, startGateway } from '../gateway.ts';
import { systemClock } from '../platform/clock.ts';
import { createLog, type Log } from '../platform/log.ts';
import type { AddCommand, Session } from './command.ts';
import type { EndSignal } from './io.ts';
import { problemText } from './output/failure.ts';
import { logWriter } from './output/log-line.ts';
import { rhythmText } from './output/rhythm.ts';
import { table } from './output/table.ts';
import { relative } from './output/time.ts';

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
  const file = findConfig({ explicit: config, env: io.env, cwd: io.cwd });
  const { snapshot, warnings } = loadSnapshot({ file, env: io.env });
  const write = logWriter(io.stdout);
  const log = createLog({ level: snapshot.service.logLevel, write, redact: (line) => snapshot.redactor.text(line) });
  for (const warning of warnings) {
    if (io.stdout.isTerminal) io.stdout.write(problemText(warning, io.stdout));
    else log.warn(warning.message, { code: warning.code, location: warning.location, hint: warning.hint });
  }
  const asRoot = rootWarning();
  if (asRoot !== null) log.warn(asRoot);
  const gateway = await startGateway({ snapshot, log, environment: io.env, pid: io.pid });
  // Listening comes first: whoever reads that the gateway is ready may stop it at once.
  const stopped = untilStopped(session, gateway, log);
  announce(session, { snapshot, log, gateway, schedules: await gateway.operations.schedules() });
  return stopped;
}

/** Waits for the first signal, then drains; a second signal kills every child and ends the process. */
function untilStopped({ io }: Session, gateway: Gateway, log: Log): Promise<number> {
  return new Promise((resolve, reject) => {
    let stopping = false;
    io.onEndSignal((signal) => {
      if (stopping) {
        log.warn('a second signal: ending at once', { signal });
        void gateway.kill().finally(() => io.exit(128 + SIGNAL_NUMBERS[signal]));
        return;
      }
      stopping = true;
      log.info('stopping: running jobs may end, nothing new starts', { signal });
      gateway.stop().then(() => {
        log.info('stopped');
        resolve(0);
      }, reject);
    });
  });
}

interface Started {
  readonly snapshot: Snapshot;
  readonly log: Log;
  readonly gateway: Gateway;
  readonly schedules: readonly ScheduleView[];
}

function announce({ io, paint }: Session, { snapshot, log, gateway, schedules }: Started): void {
  const { service, instances, routes, file, version } = snapshot;
  log.info('the gateway is ready', {
    pid: io.pid,
    config: file,
    config_version: version,
    state_dir: service.stateDir,
    instances: instances.size,
    schedules: schedules.length,
    routes: routes.length,
    ...gateway.recovery,
  });
  if (!io.stdout.isTerminal) return;
  const command = `ductile … --config ${file}`;
  const rows = [...instances.values()].map((instance) => rowOf(instance, schedules, paint));
  io.stdout.write(
    [
      '\n',
      table(['INSTANCE', 'PLUGIN', 'WHEN', 'NEXT', 'WHAT'], rows, io.stdout.columns),
      ...routes.map(({ name, eventType, to }) => {
        const targets = to.map((target) => target.instance).join(', ');
        return `${paint('dim', 'route')} ${name}: ${paint('busy', eventType)} ${paint('dim', '→')} ${targets}\n`;
      }),
      ...folders(instances).map(
        ({ instance, key, path }) => `${paint('dim', key)} of ${instance}: ${paint('strong', path)}\n`,
      ),
      `\n${paint('dim', `In another terminal (${command}):`)}\n`,
      '  ductile status              what runs and what waits\n',
      '  ductile job list            every job, newest first\n',
      '  ductile job show <id>       output, attempts and lineage of one job\n',
      '  ductile event list          what happened\n',
      `${paint('dim', 'Ctrl-C stops it; running jobs may end first.')}\n\n`,
    ].join(''),
  );
}

function rowOf(instance: Instance, schedules: readonly ScheduleView[], paint: Session['paint']): readonly string[] {
  const own = schedules.filter(({ schedule }) => schedule.instance === instance.name);
  const first = own.toSorted((a, b) => (a.nextAt ?? Infinity) - (b.nextAt ?? Infinity))[0];
  const nextAt = first?.nextAt ?? null;
  return [
    paint('strong', instance.name),
    instance.plugin,
    own.length === 0 ? 'when asked' : own.map(({ schedule }) => rhythmText(schedule.rhythm)).join(', '),
    nextAt === null ? '–' : relative(formatInstant(nextAt), systemClock.now()),
    instance.manifest.description ?? '',
  ];
}

/** Config values that are paths on this machine: the places people look at and drop files into. */
function folders(instances: ReadonlyMap<string, Instance>): readonly { instance: string; key: string; path: string }[] {
  return [...instances.values()].flatMap((instance) =>
    Object.entries(instance.config).flatMap(([key, path]) => {
      const secret = instance.manifest.configKeys.secret.includes(key);
      if (secret || typeof path !== 'string' || !isAbsolute(path) || !existsSync(path)) return [];
      return [{ instance: instance.name, key, path }];
    }),
  );
}
