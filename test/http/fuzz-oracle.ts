import { SECURITY_HEADERS } from '../../src/http/strictness.ts';
import type { Operation, Response } from './document.ts';
import type { FuzzRequest } from './fuzz-request.ts';

/** What came back. */
export interface FuzzAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Null: it was a stream, of which nobody read more than the head. */
  readonly body: string | null;
}

/** Judges answers by the document alone: the sentence that says what is wrong, or null. */
export function createOracle(
  operations: readonly Operation[],
): (asked: FuzzRequest, answer: FuzzAnswer) => string | null {
  const problem = operations.flatMap(({ responses }) => responses.get(400) ?? [])[0];

  /** An answer to a request that no operation of the document is about. */
  function offDocument(answer: FuzzAnswer): string | null {
    if (![400, 404, 405, 413, 415].includes(answer.status)) return 'no operation says what that is';
    return problemWrong(answer);
  }

  function problemWrong({ status, body, headers }: FuzzAnswer): string | null {
    if (mediaType(headers) !== 'application/problem+json') return `${mediaType(headers)} is no problem`;
    const read = parsed(body);
    if (read === undefined) return 'the body is no JSON';
    const { code, ...rest } = Object(read);
    if (rest.status !== status || typeof code !== 'string') return 'the body is not about that status';
    // The codes that may be are those of an operation; here only the form counts.
    return problem?.wrong('application/problem+json', { ...rest, code: 'usage' }) ?? null;
  }

  return (asked, answer) => {
    const { status } = answer;
    const always = headersWrong(answer);
    if (always !== null) return always;
    if (status >= 500 && !isExpected503(answer)) return 'a request must not end so';
    if (asked.method === 'HEAD') return answer.body === '' ? null : 'an answer to HEAD has no body';
    const [path = ''] = asked.target.split('?');
    // A path that is written out is no id of another.
    const named = operations.filter((one) => one.path === path);
    const same = named.length > 0 ? named : operations.filter((one) => patternOf(one).test(path));
    const operation = same.find(({ method }) => method === asked.method);
    const refused = [401, 403, 415, 421, 429].includes(status);
    if (refused && (operation === undefined || !asked.onPath)) return isFaulty(asked) ? problemWrong(answer) : 'why?';
    if (operation === undefined && asked.onPath) {
      const allow = [...new Set(same.flatMap(methodsOf))].toSorted().join(', ');
      if (status !== 405 || answer.headers['allow'] !== allow) return `expected 405 with allow: ${allow}`;
      return problemWrong(answer);
    }
    const response = operation?.responses.get(status);
    if (operation === undefined || (response === undefined && !asked.onPath)) return offDocument(answer);
    if (response === undefined) return `${operation.id} does not say that it answers so`;
    const wrong = bodyWrong(response, answer);
    return wrong !== null && !asked.onPath ? offDocument(answer) : wrong;
  };
}

/** True when the guard of the listener has a reason to refuse a request whatever it is about. */
function isFaulty({ headers }: FuzzRequest): boolean {
  const type = headers['content-type'];
  const encoding = headers['content-encoding'] ?? 'identity';
  return (
    encoding.toLowerCase() !== 'identity' ||
    ['authorization', 'host', 'origin', 'sec-fetch-site'].some((name) => name in headers) ||
    (type !== undefined && type.split(';')[0]?.toLowerCase() !== 'application/json')
  );
}

/** The method of an operation, and HEAD where it is asked for something that ends. */
function methodsOf({ method, responses }: Operation): readonly string[] {
  const streams = [...(responses.get(200)?.types ?? [])].some((type) => !type.endsWith('json'));
  return method === 'GET' && !streams ? ['GET', 'HEAD'] : [method];
}

/** What the path of an operation stands for. */
function patternOf({ path }: Operation): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}

function bodyWrong({ types, wrong }: Response, { body, headers }: FuzzAnswer): string | null {
  const type = mediaType(headers);
  // A document may name parameters of a media type, such as its version.
  if (!types.some((one) => one.split(';')[0] === type)) return `the document does not say that it may be ${type}`;
  if (body === null) return null;
  if (!type.endsWith('json')) return null;
  const read = parsed(body);
  return read === undefined ? 'the body is no JSON' : wrong(type, read);
}

/** What the storage or the queue cannot take now; anything else with 5xx is a fault. */
function isExpected503({ status, body }: FuzzAnswer): boolean {
  const code = status === 503 ? Object(parsed(body))['code'] : null;
  return code === 'queue_full' || code === 'too_many_streams';
}

function headersWrong({ headers }: FuzzAnswer): string | null {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
    if (headers[name] !== value && !(name === 'cache-control' && mediaType(headers) === 'text/event-stream')) {
      return `${name} is ${headers[name]}`;
    }
  }
  const told = Object.keys(headers).find((name) => name.startsWith('access-control-') || name === 'x-injected');
  return told === undefined ? null : `it has the header ${told}`;
}

function mediaType(headers: FuzzAnswer['headers']): string {
  return String(headers['content-type'] ?? '').split(';')[0] ?? '';
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
