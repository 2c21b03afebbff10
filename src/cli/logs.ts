import { Option } from 'commander';
import { findConfig } from '../disk/find-config.ts';
import { followLog } from '../disk/follow-log.ts';
import { logFolder } from '../disk/log-segments.ts';
import { peekStateDir } from '../disk/peek-state-dir.ts';
import { readLogTail } from '../disk/read-log.ts';
import { OperatorError } from '../domain/errors.ts';
import { LOG_LEVELS, type LogFilter, matchesLog } from '../domain/log-filter.ts';
import { systemClock } from '../platform/clock.ts';
import type { AddCommand, Session } from './command.ts';
import { logText } from './output/log-line.ts';
import { sinceOf } from './since.ts';

/** Lines that are shown at most; the whole ring holds some hundred thousand. */
const MOST_LINES = 1_000_000;

interface LogsOptions {
  readonly follow?: boolean;
  readonly level?: (typeof LOG_LEVELS)[number];
  readonly instance?: string;
  readonly job?: string;
  readonly component?: string;
  readonly since?: string;
  readonly limit: string;
}

/** `ductile logs`: what gateways wrote to the log of the state directory; needs none of them. */
export const addLogs: AddCommand = (parent, run) => {
  parent
    .command('logs')
    .description('the log of the gateway, also of one that has ended')
    .option('-f, --follow', 'go on with what is written from now on, until Ctrl-C')
    .addOption(new Option('--level <level>', 'lines at least as grave').choices(LOG_LEVELS))
    .option('--instance <name>', 'of one instance')
    .option('--job <id>', 'of one job')
    .option('--component <name>', 'of one part of the gateway, such as store or webhooks')
    .option('--since <time>', 'written after: a duration back from now (6h) or an RFC 3339 instant')
    .option('-n, --limit <number>', 'the latest so many lines', '200')
    .addHelpText('after', '\nExample:\n  $ ductile logs -f --level warn --instance backup')
    .action(run<LogsOptions>(logs));
};

async function logs(session: Session, options: LogsOptions): Promise<number> {
  const { io, config } = session;
  const { level = null, instance = null, job = null, component = null, since } = options;
  const now = systemClock.now();
  const filter: LogFilter = {
    level,
    instance,
    jobId: job,
    component,
    since: since === undefined ? null : sinceOf(since, now),
  };
  const limit = lineLimitOf(options.limit);
  const folder = logFolder(
    peekStateDir({ file: findConfig({ explicit: config, env: io.env, cwd: io.cwd }), env: io.env }),
  );
  const matches = (line: string): boolean => matchesLog(line, filter);
  const { lines, end } = await readLogTail({ folder, matches, limit }).catch((error: unknown) => refuse(folder, error));
  for (const line of lines) show(session, line);
  if (options.follow === true) await follow(session, { folder, from: end, matches });
  else if (lines.length === 0 && !session.json) {
    io.stdout.write(
      end === null ? `No gateway has written a log to ${folder} yet.\n` : 'No line of the log matches.\n',
    );
  }
  return 0;
}

async function follow(
  session: Session,
  {
    folder,
    from,
    matches,
  }: Pick<Parameters<typeof followLog>[0], 'folder' | 'from'> & { readonly matches: (line: string) => boolean },
): Promise<void> {
  const { io } = session;
  const ended = new AbortController();
  const forget = io.onEndSignal(() => ended.abort());
  const { gone } = io.stdout;
  const signal = gone === undefined ? ended.signal : AbortSignal.any([ended.signal, gone]);
  try {
    for await (const news of followLog({ folder, from, signal })) {
      if (news.kind === 'gap')
        io.stderr.write('Lines are missing here: they were overwritten before they could be read.\n');
      else if (matches(news.line)) show(session, news.line);
    }
  } finally {
    forget();
  }
}

function show({ io, json }: Session, line: string): void {
  const text = json ? line : logText(line, io.stdout, systemClock.now());
  if (text !== null) io.stdout.write(`${text}\n`);
}

function refuse(folder: string, error: unknown): never {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code !== 'EACCES' && code !== 'EPERM') throw error;
  throw new OperatorError('permission_denied', `${folder} is not open to this user`, { cause: error });
}

function lineLimitOf(text: string): number {
  const limit = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MOST_LINES) return limit;
  throw new OperatorError('usage', `--limit "${text}" is not a number from 1 to ${MOST_LINES}`, {
    hint: 'write digits only',
  });
}
