import { duration, listOf, name, section, text } from './scalars.ts';

/** `expect:`. */
export const expectSchema = listOf(
  section(
    {
      name: name().describe('Name of the expectation.'),
      event_type: text('an event type or a prefix such as `health.*`', 130).describe(
        'Exact, or a prefix such as `health.*`.',
      ),
      within: duration({ min: 1_000 }).describe('The longest silence between two such events.'),
    },
    'a map with `name`, `event_type` and `within`',
  ),
  'a list of expectations',
).describe('Events whose absence is reported as `ductile.expectation.missed`.');
