import { z } from 'zod';
import { eventTypeError, isReservedType } from '../event.ts';
import type { ExecConfig } from '../instance.ts';
import { envSchema } from './plugins.ts';
import { choice, flag, type IssueParams, listOf, section, text } from './scalars.ts';

/** An argument may be empty; a NUL would end it early. */
const argument = z
  .string({ error: 'expected text' })
  .max(131_072, { error: 'expected text of at most 131072 characters' })
  .refine((value) => !value.includes('\0'), { error: 'expected text without NUL characters' });

/** `config:` of an instance that uses `exec`. */
export const execSchema = section(
  {
    argv: listOf(argument, 'a list of the program and its arguments, such as `[df, -h, /]`')
      .min(1, { error: 'expected at least the program' })
      .refine(([program]) => program !== '', { error: 'the program, the first of the list, is empty', path: [0] })
      .optional()
      .describe('The program and its arguments.'),
    shell: text('a command line', 131_072).optional().describe('A command line for `/bin/sh`.'),
    stdin: choice(['none', 'payload'])
      .describe("What the command reads: nothing, or the job's payload as JSON.")
      .default('none'),
    env: envSchema.describe('Environment variables for the command.').default({}),
    emit: text('an event type', 128)
      .superRefine((type, context) => {
        const reason = isReservedType(type) ? `"${type}" is reserved` : eventTypeError(type);
        if (reason === null) return;
        context.addIssue({
          code: 'custom',
          message: 'expected an event type: lower-case segments joined by dots, not `ductile.*`',
          params: { problem: 'invalid_event_type' } satisfies IssueParams,
        });
      })
      .optional()
      .describe('Type of the event that a successful run makes. Default: none.'),
    idempotent: flag()
      .describe('`false`: at most once; an attempt that may have had an effect is never run again.')
      .default(true),
  },
  'a map with `argv` or `shell`',
)
  .refine((config) => (config.argv === undefined) !== (config.shell === undefined), {
    error: '`exec` needs exactly one of `argv` and `shell`',
    when: () => true,
  })
  .describe('`config` of an instance that uses `exec`.');

/** The section in the words of the code. */
export function toExecConfig(section: z.output<typeof execSchema>): ExecConfig {
  return {
    argv: section.argv ?? null,
    shell: section.shell ?? null,
    stdin: section.stdin,
    env: section.env,
    emit: section.emit ?? null,
    idempotent: section.idempotent,
  };
}
