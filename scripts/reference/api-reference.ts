import { declaredErrors } from '../../src/http/api/declared-errors.ts';
import { openApiDocument } from '../../src/http/api/openapi.ts';
import type { Route } from '../../src/http/api/route.ts';
import { ROUTES } from '../../src/http/api/routes.ts';
import { table } from './table.ts';

const LIMITED = {
  gateway: 'no',
  limited: 'their part of it',
  named: 'for their instances',
} as const;

/** The OpenAPI document of the API, as the gateway serves it. */
export function renderOpenApi(): string {
  return `${JSON.stringify(openApiDocument(ROUTES), null, 2)}\n`;
}

/** The reference page of the API's routes, in Markdown, made from the table of routes. */
export function renderApiReference(): string {
  return `${[
    '# Routes of the API',
    '<!-- Generated from the table of routes by `npm run generate`; do not edit. -->',
    'What each route takes and answers is in [openapi.json](openapi.json); how to use them, in [HTTP API](../api.md).',
    '"Limited tokens" are those that were made for some instances only.',
    ...tags().map(
      ([tag, routes]) =>
        `## ${tag}\n\n${table(['Route', 'Scope', 'Limited tokens', 'What it does', 'Errors of its own'], routes.map(row))}`,
    ),
    '## Errors of any route',
    `Besides its own, a request may end in ${codes(ANYWHERE)}; one with a body also in ${codes(OF_BODIES)}; and every unknown path in \`not_found\`, every method that a path does not have in \`method_not_allowed\`. [Errors](errors.md) says what each means.`,
  ].join('\n\n')}\n`;
}

const BARE = { method: 'GET', errors: [] } as const;
const ANYWHERE = declaredErrors(BARE);
const OF_BODIES = declaredErrors({ ...BARE, method: 'POST' }).filter((code) => !ANYWHERE.includes(code));

function tags(): readonly (readonly [string, readonly Route[]])[] {
  return [...Map.groupBy(ROUTES, ({ tag }) => tag)].toSorted(([one], [other]) => (one < other ? -1 : 1));
}

function row({ method, path, root, scope, reach, summary, errors }: Route): readonly string[] {
  const shown = path.replaceAll(/:(\w+)\*?/g, '{$1}');
  const place = root === true ? ' (at the root)' : '';
  return [`\`${method} ${shown}\`${place}`, `\`${scope}\``, LIMITED[reach], summary, codes(errors)];
}

function codes(list: readonly string[]): string {
  return list.map((code) => `\`${code}\``).join(', ');
}
