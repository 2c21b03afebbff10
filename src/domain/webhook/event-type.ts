import { eventTypeError, isReservedType } from '../event.ts';
import type { Json } from '../json.ts';
import { compileTemplate, evaluateText } from '../mapping-template.ts';
import type { EventTypeOf } from './endpoint.ts';

const SCOPE = ['headers', 'query', 'body'] as const;

/** Compiles `emit`: a type, or a text with `${{ … }}` over headers, query and body; else what is wrong, and where in the text. */
export function compileEventType(
  text: string,
):
  | { readonly ok: true; readonly typeOf: EventTypeOf }
  | { readonly ok: false; readonly message: string; readonly offset: number } {
  const compiled = compileTemplate(text, SCOPE);
  if (!compiled.ok) return compiled;
  const { template } = compiled;
  const isFixed = template.parts.every((part) => typeof part === 'string');
  const wrong = isFixed ? typeError(text) : null;
  if (wrong !== null) return { ok: false, message: wrong, offset: 0 };
  return {
    ok: true,
    typeOf({ headers, query, body }) {
      const values: Record<(typeof SCOPE)[number], Json> = { headers, query, body };
      const result = evaluateText(template, values);
      if (!result.ok) return { error: `the type of the event cannot be computed: ${result.message}` };
      const error = typeError(result.value);
      return error === null ? { type: result.value } : { error };
    },
  };
}

function typeError(type: string): string | null {
  return eventTypeError(type) ?? (isReservedType(type) ? `the event type "${type}" is reserved for the core` : null);
}
