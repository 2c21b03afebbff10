import { compileExpression, type Evaluated, type Expression, evaluate } from './condition.ts';
import type { CompileFailure } from './condition-parse.ts';
import { MAX_RESULT, type Means, newMeter } from './condition-run.ts';
import type { Json } from './json.ts';
import { utf8Bytes } from './json-size.ts';

const OPEN = '${{';

/** A text with `${{ … }}` in it. */
export interface Template {
  readonly text: string;
  /** Literal texts and expressions in turn; neighbours may be of one kind. */
  readonly parts: readonly (string | Expression)[];
}

/** Compiles a text in which `${{ … }}` holds CEL over the names in `scope`; `${` alone means nothing here. */
export function compileTemplate(
  text: string,
  scope: readonly string[],
): { readonly ok: true; readonly template: Template } | CompileFailure {
  const parts: (string | Expression)[] = [];
  let at = 0;
  for (let open = text.indexOf(OPEN); open >= 0; open = text.indexOf(OPEN, at)) {
    if (open > at) parts.push(text.slice(at, open));
    const start = open + OPEN.length;
    const end = closingOf(text, start);
    if (end < 0) return { ok: false, message: 'a `${{` without its `}}`', offset: open };
    const compiled = compileExpression(text.slice(start, end), scope);
    if (!compiled.ok) return { ...compiled, offset: start + compiled.offset };
    parts.push(compiled.expression);
    at = end + 2;
  }
  if (at < text.length) parts.push(text.slice(at));
  return { ok: true, template: { text, parts } };
}

/** Where the `}}` stands that ends the expression: not inside its strings, comments and braces; -1: nowhere. */
function closingOf(text: string, start: number): number {
  // One string, one comment or one other character after the other.
  const token = /"""(?:[^\\]|\\.)*?"""|'''(?:[^\\]|\\.)*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\/\/[^\n]*|./gsy;
  token.lastIndex = start;
  let depth = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    if (match[0] === '{') depth += 1;
    if (match[0] !== '}') continue;
    if (depth === 0 && text[match.index + 1] === '}') return match.index;
    depth -= 1;
  }
  return -1;
}

/** The value: that of a lone `${{ … }}` as it is, otherwise a text. */
export function evaluateTemplate(
  template: Template,
  values: Readonly<Record<string, Json>>,
  means: Means = { meter: newMeter() },
): Evaluated<Json> {
  const [only] = template.parts;
  if (template.parts.length === 1 && only !== undefined && typeof only !== 'string') {
    return evaluate(only, values, means);
  }
  return evaluateText(template, values, means);
}

/** The value as text: strings as they are, null as nothing, everything else as JSON. */
export function evaluateText(
  template: Template,
  values: Readonly<Record<string, Json>>,
  means: Means = { meter: newMeter() },
): Evaluated<string> {
  const texts: string[] = [];
  for (const part of template.parts) {
    if (typeof part === 'string') {
      means.meter.bytes -= utf8Bytes(part);
      texts.push(part);
    } else {
      const result = evaluate(part, values, means);
      if (!result.ok) return result;
      texts.push(inText(result.value));
    }
    if (means.meter.bytes < 0) return { ok: false, message: `the result is larger than ${MAX_RESULT} bytes` };
  }
  return { ok: true, value: texts.join('') };
}

function inText(value: Json): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
