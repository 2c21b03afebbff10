import { ATTEMPT_ERRORS } from '../../src/domain/attempt-errors.ts';
import { DECISION_CODES } from '../../src/domain/decision.ts';
import { OPERATOR_ERRORS } from '../../src/domain/errors.ts';
import { PROBLEM_CODES } from '../../src/domain/problem-codes.ts';
import { table } from './table.ts';

/** The reference page of every code that Ductile gives, in Markdown, made from the catalogues. */
export function renderErrorReference(): string {
  const operator = Object.entries(OPERATOR_ERRORS).map(([code, { exit, http, means, hint }]) => [
    `\`${code}\``,
    exit,
    http,
    means,
    hint,
  ]);
  return `${[
    '# Errors and other codes',
    '<!-- Generated from the catalogues by `npm run generate`; do not edit. -->',
    'Codes are stable: scripts may rely on them, not on messages.',
    '## Operator errors\n\nWhat a command or a request of the API ends in.',
    table(['Code', 'Exit code', 'HTTP status', 'Meaning', 'What to do'], operator),
    '## Problems\n\nWhat `ductile check` finds in a configuration or manifest, each with its file, line and column.',
    codes(PROBLEM_CODES),
    '## Errors of attempts\n\nWhat the core gives as the error of an attempt and as `last_error.code` of a job. Plugins add codes of their own.',
    codes(ATTEMPT_ERRORS),
    '## Decisions\n\nWhy something did or did not happen.',
    codes(DECISION_CODES),
  ].join('\n\n')}\n`;
}

function codes(catalogue: Readonly<Record<string, string>>): string {
  return table(
    ['Code', 'Meaning'],
    Object.entries(catalogue).map(([code, means]) => [`\`${code}\``, means]),
  );
}
