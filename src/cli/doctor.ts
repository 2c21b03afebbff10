import { findConfig } from '../disk/find-config.ts';
import { refuseIfHeld } from '../disk/lock.ts';
import { peekStateDir } from '../disk/peek-state-dir.ts';
import { socketPathOf } from '../disk/socket-path.ts';
import { OperatorError } from '../domain/errors.ts';
import type { DoctorFinding } from '../gateway/doctor/finding.ts';
import { systemClock } from '../platform/clock.ts';
import type { StatusAnswer, StorageStatsAnswer } from './answers.ts';
import type { AddCommand, Session } from './command.ts';
import { type Connection, connect } from './connect.ts';
import { healthOf } from './health.ts';
import { relative } from './output/time.ts';
import { answersAt } from './socket.ts';

interface DoctorOptions {
  readonly health?: boolean;
}

/** `ductile doctor`: looks at everything that may stand in the way, and says what to do. */
export const addDoctor: AddCommand = (parent, run) => {
  parent
    .command('doctor')
    .description(
      'look at storage, clock, permissions, plugins, containment and backups; exit code 1 when something fails',
    )
    .option('--health', 'also run the health command of each instance that has one; it needs a running gateway')
    .addHelpText('after', '\nExample:\n  $ ductile doctor')
    .action(run(doctor));
};

async function doctor(session: Session, { health = false }: DoctorOptions): Promise<number> {
  const { io, config, json, paint } = session;
  const file = findConfig({ explicit: config, env: io.env, cwd: io.cwd });
  if (!json && io.stderr.isTerminal) io.stderr.write(`${paint('dim', 'looking at every page …')}\n`);
  const gateway = await askGateway(session, { file, health });
  const { examine } = await import('../gateway/doctor/examine.ts');
  const checks = [
    ...gateway.findings,
    ...examine({
      file,
      env: io.env,
      versions: process.versions,
      uid: process.geteuid?.() ?? null,
      now: systemClock.now(),
      synchronous: gateway.synchronous,
    }),
  ];
  const failed = checks.filter(({ level }) => level === 'fail').length;
  const warned = checks.filter(({ level }) => level === 'warn').length;
  session.show({ ok: failed === 0, failed, warned, checks }, (shown) => doctorText(shown, session));
  return failed === 0 ? 0 : 1;
}

interface GatewaySeen {
  readonly findings: readonly DoctorFinding[];
  readonly synchronous: string | null;
}

/** What the running gateway says of itself, if there is one. */
async function askGateway(
  { io, config }: Session,
  { file, health }: { readonly file: string; readonly health: boolean },
): Promise<GatewaySeen> {
  let connection: Connection | null = null;
  try {
    const stateDir = peekStateDir({ file, env: io.env });
    if (!(await answersAt(socketPathOf(stateDir)))) {
      refuseIfHeld(stateDir);
      return { findings: [finding('gateway', 'ok', 'none runs; its files were looked at', null)], synchronous: null };
    }
    connection = await connect({ io, config, need: 'read' });
    const status = await connection.request<StatusAnswer>('GET', '/api/v1/status');
    const { synchronous } = await connection.request<StorageStatsAnswer>('GET', '/api/v1/storage');
    const reports = health ? await healthFindings(connection, status) : [];
    return { findings: [...gatewayFindings(status), ...reports], synchronous };
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    // What is wrong with the configuration is a finding of its own.
    if (error.code === 'config_invalid') return { findings: [], synchronous: null };
    const hint =
      error.code === 'already_running' ? 'It is starting or stopping, or hangs: look at its log.' : error.hint;
    return { findings: [finding('gateway', 'fail', error.message, hint)], synchronous: null };
  } finally {
    await connection?.close();
  }
}

function gatewayFindings(status: StatusAnswer): readonly DoctorFinding[] {
  const { pid, started_at, storage, backup, paused_at, webhooks_at, webhooks_listen } = status;
  const now = systemClock.now();
  return [
    finding('gateway', 'ok', `it runs (pid ${pid}), since ${relative(started_at, now)}`, null),
    ...(storage.ok
      ? []
      : [finding('storage', 'fail', storage.message ?? 'it refuses', 'Free some space or mend the disk.')]),
    ...(paused_at === null
      ? []
      : [
          finding('gateway', 'warn', `it is paused since ${relative(paused_at, now)}`, 'End it with `ductile resume`.'),
        ]),
    ...(webhooks_at !== null || webhooks_listen === null
      ? []
      : [
          finding(
            'webhooks',
            'fail',
            `nobody listens for them at ${webhooks_listen}, so no delivery comes in`,
            'End what listens there, then run `ductile reload`.',
          ),
        ]),
    ...(backup?.failing_since == null
      ? []
      : [
          finding(
            'backups',
            'fail',
            `they fail since ${relative(backup.failing_since, now)}: ${backup.error}`,
            'Look at the folder of service.backup and its disk.',
          ),
        ]),
  ];
}

async function healthFindings(connection: Connection, status: StatusAnswer): Promise<readonly DoctorFinding[]> {
  return (await healthOf(connection, status)).map(({ instance, health, reason, error }) => {
    const check = `health of ${instance}`;
    if (health === 'failed') {
      return finding(check, 'fail', error?.message ?? 'it reports trouble', `\`ductile instance show ${instance}\``);
    }
    return finding(
      check,
      health === 'ok' ? 'ok' : 'warn',
      reason ?? 'it is well',
      health === 'ok' ? null : 'Ask again.',
    );
  });
}

function finding(check: string, level: DoctorFinding['level'], text: string, hint: string | null): DoctorFinding {
  return { check, level, text, hint };
}

interface DoctorAnswer {
  readonly ok: boolean;
  readonly failed: number;
  readonly warned: number;
  readonly checks: readonly DoctorFinding[];
}

function doctorText({ checks, failed, warned }: DoctorAnswer, { paint }: Session): string {
  const marks = { ok: paint('good', '✓'), warn: paint('warn', '!'), fail: paint('bad', '✗') };
  const lines = checks.map(({ check, level, text, hint }) => {
    const advice = hint === null ? '' : `    ${paint('dim', '→')} ${hint}\n`;
    return `${marks[level]} ${paint('strong', check)}: ${text}\n${advice}`;
  });
  const sum = failed + warned === 0 ? 'everything is well' : `${failed} failed, ${warned} to be looked at`;
  return `${lines.join('')}\n${sum}\n`;
}
