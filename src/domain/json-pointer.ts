import { excerpt } from './excerpt.ts';

/** Keys and indexes from the root of a JSON value to a place inside it. */
export type JsonPath = readonly (string | number)[];

/** The path as a JSON pointer (RFC 6901), long keys shortened; empty for the root. */
export function jsonPointer(path: JsonPath): string {
  return path.map((part) => `/${excerpt(String(part)).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
