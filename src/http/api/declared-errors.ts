import type { OperatorErrorCode } from '../../domain/errors.ts';
import type { Route } from './route.ts';

/** What any request can end in. */
const ANY: readonly OperatorErrorCode[] = [
  'usage',
  'unauthorized',
  'forbidden',
  'too_many_failures',
  'host_refused',
  'origin_refused',
  // Whoever says that there is a body says that it is JSON, also where nobody reads one.
  'unsupported_media_type',
  'storage_unavailable',
  'storage_damaged',
  'internal',
];

/** What a request with a body can end in besides. */
const WITH_BODY: readonly OperatorErrorCode[] = ['invalid_payload', 'body_too_large'];

/** Every error that a request to the route may end in: its own and those of any request. */
export function declaredErrors({ errors, method }: Pick<Route, 'errors' | 'method'>): readonly OperatorErrorCode[] {
  // A body that nobody asked for is read as well, to say that it is not wanted.
  const ofBody = method === 'GET' ? [] : WITH_BODY;
  return [...new Set([...ANY, ...ofBody, ...errors])];
}
