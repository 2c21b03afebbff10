import { findConfig } from '../disk/find-config.ts';
import { OperatorError, type Problem } from '../domain/errors.ts';
import type { AddCommand, Session } from './command.ts';
import { problemJson, problemText } from './output/failure.ts';
import { jsonOutput } from './output/json-text.ts';

/** `ductile check`: every error and warning of the configuration and its plugins, nothing started or stored. */
export const addCheck: AddCommand = (parent, run) => {
  parent
    .command('check')
    .description('check the configuration, plugins, routes and schedules; exit code 78 when something is wrong')
    .option('--strict', 'warnings count as errors')
    .addHelpText('after', '\nExample:\n  $ ductile check --config ductile.yaml')
    .action(run(check));
};

async function check(session: Session, options: { strict?: boolean }): Promise<number> {
  const { io, config, json, paint } = session;
  const file = findConfig({ explicit: config, env: io.env, cwd: io.cwd });
  const { problems, summary } = await inspect(file, session);
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const bad = errors > 0 || (options.strict === true && problems.length > 0);
  if (json) {
    io.stdout.write(jsonOutput({ ok: !bad, file, problems: problems.map(problemJson) }, io.stdout));
    return bad ? 78 : 0;
  }
  for (const problem of problems) io.stderr.write(problemText(problem, io.stderr));
  const warnings = problems.length - errors;
  const counted = `${plural(errors, 'error')}, ${plural(warnings, 'warning')}`;
  io.stdout.write(
    bad
      ? `${paint('bad', '✗')} ${file}: ${counted}\n`
      : `${paint('good', '✓')} ${file}: ${summary}${warnings > 0 ? ` (${counted})` : ''}\n`,
  );
  return bad ? 78 : 0;
}

async function inspect(
  file: string,
  { io, warnings: envWarnings }: Session,
): Promise<{ readonly problems: readonly Problem[]; readonly summary: string }> {
  const [{ loadSnapshot }, { containmentWarnings }] = await Promise.all([
    import('../disk/build-snapshot.ts'),
    import('../engine/containment.ts'),
  ]);
  try {
    const { snapshot, warnings } = loadSnapshot({ file, env: io.env });
    const { instances, routes, schedules } = snapshot;
    const summary = [
      plural(instances.size, 'instance'),
      plural(schedules.length, 'schedule'),
      plural(routes.length, 'route'),
    ].join(', ');
    return { problems: [...envWarnings, ...warnings, ...containmentWarnings(snapshot, io.env['PATH'])], summary };
  } catch (error) {
    if (error instanceof OperatorError && error.problems.length > 0)
      return { problems: [...envWarnings, ...error.problems], summary: '' };
    throw error;
  }
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
