import { isLoopbackPlace } from '../api-settings.ts';
import { MAP_EVEN_IF_FAULTY } from './even-if-faulty.ts';
import { flag, type IssueParams, listOf, matching, section, text } from './scalars.ts';

const PLACE = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):(\d{1,5})$/;

/** `address:port`, with an IPv6 address in brackets. */
export const listenSchema = listen({ expected: 'an address and port such as `127.0.0.1:8080`', orNone: false }).meta({
  'x-kind': 'address:port',
});

/** `api:`. */
export const apiSchema = section(
  {
    listen: listen({ expected: 'an address and port such as `127.0.0.1:8080`, or `none`', orNone: true })
      .meta({ 'x-kind': 'address:port or none' })
      .describe('Address of the HTTP API and the console; `none`: only the socket in the state directory.')
      .default('127.0.0.1:8080'),
    public_url: matching(/^https?:\/\/[A-Za-z0-9.-]+(:\d{1,5})?\/?$/, {
      expected: 'an http or https address without a path',
      problem: 'invalid_value',
      kind: 'address',
    })
      .optional()
      .describe('What browsers call the API and the console, where that is not the address it listens at.'),
    hosts: listOf(
      matching(/^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/, {
        expected: 'the name of a host, without a port',
        problem: 'invalid_value',
        kind: 'host',
      }),
      'a list of host names',
    )
      .describe('Further names by which clients call the API. A request that names another host is refused.')
      .default([]),
    open_reading: flag()
      .describe('Lets every program on this machine read without a token; only where `listen` is a loopback address.')
      .default(false),
  },
  'a map with `listen`',
)
  .superRefine((api, context) => {
    if (api.open_reading !== true || typeof api.listen !== 'string') return;
    if (api.listen === 'none' || isLoopbackPlace(api.listen)) return;
    context.addIssue({
      code: 'custom',
      path: ['open_reading'],
      message: 'the whole network would read without a token, since `listen` is no loopback address',
      params: {
        problem: 'invalid_value',
        hint: 'listen at 127.0.0.1, or remove `open_reading` and give each reader a token',
      } satisfies IssueParams,
    });
  }, MAP_EVEN_IF_FAULTY)
  .describe('The HTTP API and the console.');

function listen({ expected, orNone }: { readonly expected: string; readonly orNone: boolean }) {
  return text(expected, 255).superRefine((written, context) => {
    if (orNone && written === 'none') return;
    const port = PLACE.exec(written)?.[1];
    if (port !== undefined && Number(port) <= 65_535) return;
    const params = { problem: 'invalid_value' } satisfies IssueParams;
    context.addIssue({ code: 'custom', message: `expected ${expected}`, params });
  });
}
