import { OperatorError } from '../domain/errors.ts';
import type { TraceAnswer } from './answers.ts';
import type { AddCommand } from './command.ts';
import { traceText } from './output/trace-text.ts';
import { queryOf } from './query.ts';

/** Most jobs of a lineage that are shown. */
const MOST_JOBS = 1_000;

/** `ductile trace`: everything that came of one trigger. */
export const addTrace: AddCommand = (parent, run) => {
  parent
    .command('trace')
    .argument('<id>', 'id of a job, an event or a delivery')
    .description('the whole lineage: trigger, jobs, attempts, events, routes taken and not, effects')
    .option('--limit <number>', `how many jobs, up to ${MOST_JOBS}`, '200')
    .addHelpText('after', '\nExample:\n  $ ductile trace 0197…')
    .action(
      run<{ readonly limit: string }, readonly [string]>((session, { limit }, id) => {
        if (!/^\d{1,4}$/.test(limit) || Number(limit) < 1 || Number(limit) > MOST_JOBS) {
          throw new OperatorError('usage', `--limit "${limit}" is not a number from 1 to ${MOST_JOBS}`);
        }
        const path = `/api/v1/trace/${encodeURIComponent(id)}${queryOf({ limit })}`;
        return session.withGateway('read', async ({ request }) => {
          const trace = await request<TraceAnswer>('GET', path);
          session.show(trace, (shown) => traceText(shown, session.io));
          return 0;
        });
      }),
    );
};
