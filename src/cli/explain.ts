import { Option } from 'commander';
import { OperatorError } from '../domain/errors.ts';
import { EXPLAINED_KINDS, type ExplainedKind } from '../domain/explain/explanation.ts';
import { formatInstant, parseInstant } from '../domain/instant.ts';
import { parseTimeOfDay } from '../domain/time-of-day.ts';
import { parseDuration } from '../domain/units.ts';
import { systemClock } from '../platform/clock.ts';
import type { ExplanationAnswer } from './answers.ts';
import type { AddCommand } from './command.ts';
import { explanationText } from './output/explanation-text.ts';
import { queryOf } from './query.ts';

interface ExplainOptions {
  readonly kind?: ExplainedKind;
  readonly at?: string;
  readonly event?: string;
}

/** `ductile explain`: why something happened, or did not. */
export const addExplain: AddCommand = (parent, run) => {
  parent
    .command('explain')
    .argument(
      '<id>',
      'id of a job, event or delivery; name of an instance, a route, a webhook or a schedule (instance/schedule)',
    )
    .description('why something happened or did not, what comes next, and what to do')
    .addOption(new Option('--kind <kind>', 'what the id is, where it may be several things').choices(EXPLAINED_KINDS))
    .option(
      '--at <time>',
      'the slot of a schedule: its time of day (07:00), an RFC 3339 instant, or a duration back from now (6h)',
    )
    .option('--event <id>', 'of a route: why it did or did not take this event')
    .addHelpText(
      'after',
      '\nExample:\n  $ ductile explain 0197…\n  $ ductile explain backup/nightly --at 07:00\n  $ ductile explain route:disk-full --event 0197…',
    )
    .action(
      run<ExplainOptions, readonly [string]>((session, { kind, at, event }, id) => {
        const path = `/api/v1/explain${queryOf({ id, kind, at: at === undefined ? undefined : timeOf(at), event })}`;
        return session.withGateway('read', async ({ request }) => {
          const answer = await request<ExplanationAnswer>('GET', path);
          session.show(answer, (shown) => explanationText(shown, session.io.stdout));
          return 0;
        });
      }),
    );
};

function timeOf(text: string): string {
  const back = parseDuration(text);
  if (back !== null) return formatInstant(systemClock.now() - back);
  if (parseInstant(text) !== null || parseTimeOfDay(text) !== null) return text;
  throw new OperatorError('usage', `--at "${text}" is neither an instant, a time of day nor a duration`, {
    hint: 'write 2026-11-23T07:00:00Z, 2026-11-23T07:00:00+01:00, 07:00 (in the zone of the schedule), or 6h',
  });
}
