import fc from 'fast-check';
import { isJsonObject, type Json } from '../../src/domain/json.ts';
import type { Operation } from './document.ts';
import { NASTY, NASTY_TEXTS, type Values } from './fuzz-values.ts';

/** A request that is drawn from the document, or from what the document does not foresee. */
export interface FuzzRequest {
  /** The operation it was drawn for. */
  readonly operation: Pick<Operation, 'id' | 'method' | 'path'>;
  readonly method: string;
  /** Path and query as they are sent. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Null: none is sent. */
  readonly body: string | null;
  /** False: the path is not one that the document says. */
  readonly onPath: boolean;
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'];
const SEGMENTS = [
  ...[
    '%',
    '%00',
    '%ff',
    '%zz',
    '%2e%2e',
    '..',
    '.',
    '%2F',
    '%252F',
    ';a=b',
    '*',
    ':id',
    '{id}',
    '%u0041',
    '~',
    '%0d%0a',
  ],
  ...['a'.repeat(101), 'a'.repeat(2_000), '%E2%82', '%C0%AF', '-', '@', 'null', '0'],
];
const QUERIES = [
  '',
  '?',
  '&',
  '=',
  '&&=&',
  '__proto__=1',
  'a[b]=c',
  'x=%',
  'x=%00',
  'limit=1&limit=2',
  'limit=',
  '%=1',
];
const TYPES = [
  ...['application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON', 'application/problem+json'],
  ...['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml'],
  ...['application/json, text/plain', ';', 'json', 'application/json; charset=utf-7', '*/*'],
];
const HEADERS: readonly Readonly<Record<string, string>>[] = [
  {},
  { accept: 'text/html' },
  { 'accept-encoding': 'gzip, br' },
  { 'x-http-method-override': 'DELETE' },
  { 'if-none-match': '*' },
  { range: 'bytes=0-1' },
  { 'last-event-id': 'nonsense' },
  { 'last-event-id': '9'.repeat(30) },
  { 'idempotency-key': 'k' },
  { 'idempotency-key': 'x'.repeat(3_000) },
  { 'idempotency-key': '' },
  { cookie: 'session=1; session=2' },
  { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-host': 'evil.example', forwarded: 'for=_x' },
  { 'content-encoding': 'gzip' },
  { authorization: 'Bearer nonsense' },
  { authorization: 'Basic YTpi' },
  { host: 'evil.example' },
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { 'sec-fetch-site': 'cross-site' },
  { 'x-long': 'y'.repeat(8_000) },
];
const BODIES = [
  ...['', '{', '[]', 'null', '1', '"x"', '{"a":1', '{"a":1}}', 'NaN', '\ufeff{}', '{"__proto__":{"a":1}}', '\u0000'],
  ...['{"constructor":{"prototype":{"a":1}}}', '{"a":1,"a":2}', '{"instance":1e999}', `"${'x'.repeat(100_000)}"`],
  `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
  `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
  `{"instance":"quick","payload":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
  `{"type":"a.b","payload":"${'x'.repeat(2_200_000)}"}`,
];

/** Requests for the operations of a document: most of them fit, some almost, some do not at all. */
export function requests(operations: readonly Operation[], values: Values): fc.Arbitrary<FuzzRequest> {
  // Made once: what a pattern matches takes long to prepare.
  return fc.oneof(
    ...operations.map((operation) =>
      fc.oneof(
        { arbitrary: fits(operation, values), weight: 6 },
        { arbitrary: almostFits(operation, values), weight: 4 },
        { arbitrary: strange(operation, values), weight: 3 },
      ),
    ),
  );
}

function fits(operation: Operation, values: Values): fc.Arbitrary<FuzzRequest> {
  const { body } = operation;
  const sent =
    body === null ? fc.constant(null) : values.fitting(body.schema, '').map((value) => JSON.stringify(value));
  return fc
    .tuple(
      path(operation, values),
      query(operation, (parameter, name) => values.fitting(parameter, name)),
      sent,
      headersOf(operation, values),
    )
    .map(([on, asked, text, own]) => withHeaders(request(operation, { target: `${on}${asked}`, body: text }), own));
}

function almostFits(operation: Operation, values: Values): fc.Arbitrary<FuzzRequest> {
  const { body } = operation;
  const sent =
    body === null ? fc.option(NASTY) : fc.oneof(values.almost(body.schema, ''), values.fitting(body.schema, ''));
  const asked = query(operation, (parameter, name) =>
    fc.oneof(values.fitting(parameter, name), fc.constantFrom(...NASTY_TEXTS)),
  );
  const extra = fc.constantFrom('', '', ...QUERIES);
  return fc
    .tuple(path(operation, values), asked, extra, sent, headersOf(operation, values))
    .map(([on, own, more, value, headers]) => {
      const target = `${on}${own}${more === '' ? '' : `${own === '' ? '?' : '&'}${more}`}`;
      return withHeaders(request(operation, { target, body: value === null ? null : JSON.stringify(value) }), headers);
    });
}

function strange(operation: Operation, values: Values): fc.Arbitrary<FuzzRequest> {
  const segments = fc.array(fc.constantFrom(...SEGMENTS), { minLength: 3, maxLength: 3 });
  const off = segments.map((parts) => {
    let index = 0;
    const target = operation.path.replaceAll(/\{\w+\}/g, () => parts[index++ % parts.length] ?? 'x');
    return target === operation.path ? `${target}/${parts[0]}` : target;
  });
  return fc
    .record({
      on: path(operation, values),
      off: fc.option(off, { freq: 2 }),
      method: fc.oneof(fc.constant(operation.method), fc.constantFrom(...METHODS)),
      type: fc.constantFrom(...TYPES),
      headers: fc.constantFrom(...HEADERS),
      body: fc.option(fc.constantFrom(...BODIES), { freq: 2 }),
    })
    .map(({ on, off: elsewhere, method, type, headers, body }) => ({
      ...request(operation, { target: elsewhere ?? on, body }),
      method,
      headers: body === null ? headers : { ...headers, 'content-type': type },
      onPath: elsewhere === null,
    }));
}

function request(
  { id, method, path: written }: Operation,
  { target, body }: { readonly target: string; readonly body: string | null },
): FuzzRequest {
  const headers: Readonly<Record<string, string>> = body === null ? {} : { 'content-type': 'application/json' };
  return { operation: { id, method, path: written }, method, target, headers, body, onPath: true };
}

function withHeaders(one: FuzzRequest, own: Readonly<Record<string, string>>): FuzzRequest {
  return { ...one, headers: { ...own, ...one.headers } };
}

/** Headers that the document names, or none of them. */
function headersOf({ parameters }: Operation, values: Values): fc.Arbitrary<Readonly<Record<string, string>>> {
  const own = parameters.filter((parameter) => parameter.in === 'header');
  // A header is of ASCII: what the document says besides is another matter.
  const drawn = own.map(({ name, schema }) =>
    fc.option(
      values.fitting(schema, name).map((value) => [[name, visible(value)] as const]),
      { nil: [] },
    ),
  );
  return fc.tuple(...drawn).map((headers) => Object.fromEntries(headers.flat()));
}

function visible(value: Json): string {
  return `${value}`.replace(/[^!-~]/g, '') || 'key';
}

function path({ path: written, parameters }: Operation, values: Values): fc.Arbitrary<string> {
  const [, resource = ''] = written.replace('/api/v1', '').split('/');
  const own = parameters.filter((parameter) => parameter.in === 'path');
  const filled = own.map(({ name, schema }) =>
    fc.tuple(fc.constant(name), values.fitting({ minLength: 1, ...schema }, `${resource}.${name}`)),
  );
  return fc
    .tuple(...filled)
    .map((pairs) => pairs.reduce((target, [name, value]) => target.replace(`{${name}}`, encoded(value)), written));
}

function query(
  { parameters }: Operation,
  draw: (schema: Operation['parameters'][number]['schema'], name: string) => fc.Arbitrary<Json>,
): fc.Arbitrary<string> {
  const own = parameters.filter((parameter) => parameter.in === 'query');
  const fields = Object.fromEntries(own.map(({ name, schema }) => [name, draw(schema, name)]));
  const requiredKeys = own.filter(({ required }) => required).map(({ name }) => name);
  return fc.record(fields, { requiredKeys }).map((drawn) => {
    const pairs = Object.entries(drawn).map(([name, value]) => `${encodeURIComponent(name)}=${encoded(value)}`);
    return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
  });
}

/** A value as it stands in a URL; half a surrogate pair has no place there. */
function encoded(value: Json | undefined): string {
  const text = isJsonObject(value) || Array.isArray(value) ? JSON.stringify(value) : String(value);
  return encodeURIComponent(text.toWellFormed());
}
