import type { z } from 'zod';
import { mapOf, matching, section, share } from './scalars.ts';

const headerName = matching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}$/, {
  expected: 'the name of a header',
  problem: 'invalid_name',
  kind: 'name of a header',
});
const headerValue = matching(/^[\x20-\x7e]{0,8192}$/, {
  expected: 'the value of a header: one line of visible ASCII',
  problem: 'invalid_value',
  kind: 'text',
});

/** `service.otlp`. */
export const otlpSchema = section(
  {
    endpoint: matching(/^https?:\/\/[^\s#]+$/, {
      expected: 'an http or https address',
      problem: 'invalid_value',
      kind: 'address',
    }).describe('Address of the collector (OTLP over HTTP); `/v1/traces` is added unless it ends so.'),
    headers: mapOf(headerName, headerValue, 'a map of headers')
      .describe('Headers of each request, such as a token; their values are secrets.')
      .default({}),
    sample: share().describe('Share of the lineages that are told, from 0 to 1.').default(1),
  },
  'a map with `endpoint`',
).describe('Sends a trace of each lineage to a collector of OpenTelemetry.');

/** Where traces go. */
export type OtlpConfig = z.output<typeof otlpSchema>;
