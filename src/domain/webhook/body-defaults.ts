import type { BodyFormat } from './endpoint.ts';

const MEDIA_TYPES: Readonly<Record<BodyFormat, readonly string[]>> = {
  json: ['application/json'],
  form: ['application/x-www-form-urlencoded'],
  raw: [],
};

/** How an endpoint reads bodies and which media types it accepts (lower case; none: any), where its section may leave both out. */
export function bodyDefaults({
  scheme,
  body = scheme === 'twilio' ? 'form' : 'json',
  contentTypes,
}: {
  readonly scheme: string;
  readonly body: BodyFormat | undefined;
  readonly contentTypes: readonly string[] | undefined;
}): { readonly body: BodyFormat; readonly contentTypes: readonly string[] } {
  return { body, contentTypes: contentTypes?.map((type) => type.toLowerCase()) ?? MEDIA_TYPES[body] };
}
