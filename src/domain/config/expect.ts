import { duration, type IssueParams, listOf, matching, name, section, text } from './scalars.ts';

/** What an entry may wait for; exactly one of them. */
const SOUGHT = ['event_type', 'schedule', 'instance'] as const;

/** One entry of `expect:`. */
export const expectationSchema = section(
  {
    name: name().describe('Name of the expectation.'),
    event_type: text('an event type or a prefix such as `health.*`', 130)
      .optional()
      .describe('An event of this type, exact, or of a prefix such as `health.*`.'),
    schedule: matching(/^[a-z][a-z0-9_-]{0,63}\/[a-z][a-z0-9_-]{0,63}$/, {
      expected: 'a schedule as `instance/schedule`',
      problem: 'invalid_value',
      kind: 'schedule',
    })
      .optional()
      .describe('A job of this schedule that succeeds, as `instance/schedule`.'),
    instance: name().optional().describe('A job of this instance that succeeds.'),
    command: name().optional().describe('With `instance`: only jobs of this command.'),
    within: duration({ min: 1_000 }).describe('The longest silence between two of them.'),
  },
  'a map with `name`, `within` and one of `event_type`, `schedule`, `instance`',
).superRefine((entry, context) => {
  const wrong = (message: string): void => {
    context.addIssue({ code: 'custom', message, params: { problem: 'invalid_value' } satisfies IssueParams });
  };
  if (SOUGHT.filter((key) => entry[key] !== undefined).length !== 1) {
    wrong('expected exactly one of `event_type`, `schedule` and `instance`');
  } else if (entry.command !== undefined && entry.instance === undefined) {
    wrong('expected `instance` beside `command`');
  }
});

/** `expect:`. */
export const expectSchema = listOf(expectationSchema, 'a list of expectations').describe(
  'What is to be seen again and again; its absence is reported as `ductile.expectation.missed`.',
);
