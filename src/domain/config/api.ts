import { type IssueParams, section, text } from './scalars.ts';

/** `address:port`, with an IPv6 address in brackets. */
export const listenSchema = text('an address and port such as `127.0.0.1:8080`', 255)
  .superRefine((listen, context) => {
    const port = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):(\d{1,5})$/.exec(listen)?.[1];
    if (port !== undefined && Number(port) <= 65_535) return;
    context.addIssue({
      code: 'custom',
      message: 'expected an address and port such as `127.0.0.1:8080`',
      params: { problem: 'invalid_value' } satisfies IssueParams,
    });
  })
  .meta({ 'x-kind': 'address:port' });

/** `api:`. */
export const apiSchema = section(
  { listen: listenSchema.describe('Address of the HTTP API and the console.').default('127.0.0.1:8080') },
  'a map with `listen`',
).describe('The HTTP API and the console.');
