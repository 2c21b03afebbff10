import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js';

/** Bytes of the longest expression. */
const MAX_LENGTH = 4_096;
/** Operators, names, literals and calls of the largest expression. */
const MAX_NODES = 1_000;
/** Brackets, calls and members inside each other. */
const MAX_NESTING = 64;

/** Why a text is not an expression, and where: a UTF-16 offset into it. */
export interface CompileFailure {
  readonly ok: false;
  readonly message: string;
  readonly offset: number;
}

// Only the parser of the library is used. Its evaluator keeps whole numbers apart from JSON's, matches with
// backtracking and cannot be told to stop; condition-compile.ts gives the parsed tree its meaning instead.
// Optional members are parsed only to be refused by their name.
const environment = new Environment({
  enableOptionalTypes: true,
  limits: { maxAstNodes: MAX_NODES, maxDepth: MAX_NESTING },
});

/** Parses a CEL expression. */
export function parseExpression(text: string): { readonly ok: true; readonly node: ASTNode } | CompileFailure {
  if (text.trim() === '') return { ok: false, message: 'the expression is empty', offset: 0 };
  if (new TextEncoder().encode(text).length > MAX_LENGTH) {
    return { ok: false, message: `the expression is longer than ${MAX_LENGTH} bytes`, offset: 0 };
  }
  try {
    return { ok: true, node: environment.parse(text).ast };
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return explain(text, error);
  }
}

function explain(text: string, error: ParseError): CompileFailure {
  const offset = Math.min(error.range?.start ?? 0, text.length);
  const token = text.slice(offset, error.range?.end ?? offset);
  switch (error.code) {
    case 'limit_exceeded': {
      const nested = error.summary.includes('maxDepth');
      const limit = nested ? `is nested more than ${MAX_NESTING} deep` : `has more than ${MAX_NODES} parts`;
      return { ok: false, message: `the expression ${limit}`, offset };
    }
    case 'unexpected_character':
    case 'unexpected_token':
    case 'expected_token':
      if (token === '') return { ok: false, message: 'the expression ends too early', offset: text.length };
      return { ok: false, message: `unexpected ${token}${advice(text, offset, token)}`, offset };
    default:
      return { ok: false, message: error.summary.charAt(0).toLowerCase() + error.summary.slice(1), offset };
  }
}

const WORDS: Readonly<Record<string, string>> = {
  and: '; CEL writes &&',
  or: '; CEL writes ||',
  not: '; CEL writes !',
  '&': '; CEL writes &&',
  '|': '; CEL writes ||',
};

function advice(text: string, offset: number, token: string): string {
  if (token === '=') return '; CEL compares with == and !=';
  if (text[offset - 1] === '.' && /^[a-z]+$/.test(token)) return `; such a key is written ["${token}"]`;
  return Object.hasOwn(WORDS, token) ? (WORDS[token] ?? '') : '';
}
