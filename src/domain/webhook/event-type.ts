import { newMeter } from '../condition-run.ts';
import { eventTypeError, isReservedType } from '../event.ts';
import type { Json } from '../json.ts';
import { compileTemplate, evaluateText } from '../mapping-template.ts';
import type { EventTypeOf } from './endpoint.ts';

const SCOPE = ['headers', 'query', 'body'] as const;

/**
 * Compiles `emit`: a type, or a text with `${{ … }}` over headers, query and body; else what is wrong, and where in the text.
 * What is told of a delivery quotes nothing of it: it may hold secrets.
 */
export function compileEventType(
  text: string,
):
  | { readonly ok: true; readonly typeOf: EventTypeOf }
  | { readonly ok: false; readonly message: string; readonly offset: number } {
  const compiled = compileTemplate(text, SCOPE);
  if (!compiled.ok) return compiled;
  const { template } = compiled;
  const isFixed = template.parts.every((part) => typeof part === 'string');
  const [first] = template.parts;
  const reserved = typeof first === 'string' && first.startsWith('ductile.');
  const wrong = isFixed ? typeError(text) : reserved ? RESERVED : null;
  if (wrong !== null) return { ok: false, message: wrong, offset: 0 };
  return {
    ok: true,
    typeOf({ headers, query, body }) {
      const values: Record<(typeof SCOPE)[number], Json> = { headers, query, body };
      const result = evaluateText(template, values, { meter: newMeter(), mask: () => '…' });
      if (!result.ok) return { error: `the type of the event cannot be computed: ${result.message}` };
      if (typeError(result.value) === null) return { type: result.value };
      return { error: 'the text that was computed is no type of an event, or one that is reserved for the core' };
    },
  };
}

const RESERVED = 'event types that begin with "ductile." are reserved for the core';

function typeError(type: string): string | null {
  return eventTypeError(type) ?? (isReservedType(type) ? `the event type "${type}" is reserved for the core` : null);
}
