import type { Message } from './signing-key.ts';

/** What is signed, in order: literal text, and what stands for a part of the request. */
export type SignedTemplate = readonly (string | { readonly part: TemplatePart })[];

export type TemplatePart = 'body' | 'timestamp' | 'id';

/** Reads `{timestamp}.{body}`; null: a brace that belongs to none of `{body}`, `{timestamp}`, `{id}`. */
export function parseTemplate(text: string): SignedTemplate | null {
  const pieces = text.split(/(\{body\}|\{timestamp\}|\{id\})/).filter((piece) => piece !== '');
  const template = pieces.map((piece) => partOf(piece) ?? piece);
  return template.some((piece) => typeof piece === 'string' && /[{}]/.test(piece)) ? null : template;
}

function partOf(piece: string): { readonly part: TemplatePart } | null {
  if (piece === '{body}') return { part: 'body' };
  if (piece === '{timestamp}') return { part: 'timestamp' };
  return piece === '{id}' ? { part: 'id' } : null;
}

/** Whether the template holds that part. */
export function holdsPart(template: SignedTemplate, part: TemplatePart): boolean {
  return template.some((piece) => typeof piece !== 'string' && piece.part === part);
}

/** The message; timestamp and id are visible ASCII. */
export function fillTemplate(
  template: SignedTemplate,
  parts: { readonly body: Uint8Array; readonly timestamp: string; readonly id: string },
): Message {
  return template.map((piece) => {
    if (typeof piece === 'string') return Buffer.from(piece, 'utf8');
    return piece.part === 'body' ? parts.body : Buffer.from(parts[piece.part], 'latin1');
  });
}
