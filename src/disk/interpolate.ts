import type { ProblemCode } from '../domain/problem-codes.ts';

/** Where a `${…}` gets its value from. */
export interface Sources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads a secret file named relative to the configuration. */
  readonly readFile: (path: string) => FileRead;
}

/** The content of a secret file with its absolute path, or why it cannot be had. */
export type FileRead =
  | { readonly ok: true; readonly file: string; readonly content: string; readonly warning: string | null }
  | { readonly ok: false; readonly code: ProblemCode; readonly message: string; readonly hint: string | null };

/** What is wrong with one `${…}`. */
export interface InterpolationProblem {
  readonly severity: 'error' | 'warning';
  readonly code: ProblemCode;
  readonly message: string;
  readonly hint: string | null;
  /** The `${…}` as written. */
  readonly snippet: string;
}

/** A piece of a text: as it stands there, or what a `${…}` was filled in with. */
export interface Piece {
  readonly text: string;
  /** `env:NAME` or `file:<path as written>`; null: it stands there. */
  readonly from: string | null;
  readonly secret: boolean;
}

/** A value that a `${…}` stands for. */
export interface Reference {
  readonly kind: 'env' | 'file';
  /** Of a variable, or the absolute path of a file. */
  readonly name: string;
  /** The `${…}` as written. */
  readonly snippet: string;
  readonly value: string;
  /** False: too short to be masked. */
  readonly masked: boolean;
  readonly warning: string | null;
}

/** A text with its `${…}` filled in. */
export interface Interpolated {
  readonly text: string;
  /** The same in pieces. */
  readonly pieces: readonly Piece[];
  /** True when anything was filled in. */
  readonly changed: boolean;
  /** True when the whole text was exactly one `${…}`. */
  readonly lone: boolean;
  /** In the order of the text; defaults are none. */
  readonly references: readonly Reference[];
  readonly problems: readonly InterpolationProblem[];
}

/** Values of the environment shorter than this are too common to be masked. */
const SECRET_BYTES = 8;
const NAME = '[A-Za-z_][A-Za-z0-9_]*';
const REFERENCE = new RegExp(
  `^(?:(?:env:)?(?<name>${NAME})|env:(?<withDefault>${NAME}):-(?<fallback>[^}]*)|file:(?<path>[^}]+))$`,
);

/**
 * Fills in `${NAME}`, `${env:NAME}`, `${env:NAME:-default}` and `${file:path}`; `$${` becomes `${`,
 * and `${{ … }}` is left for the expressions of routes and webhooks.
 */
export function interpolate(text: string, sources: Sources): Interpolated {
  const out: Piece[] = [];
  const literally = (piece: string): void => void out.push({ text: piece, from: null, secret: false });
  const references: Reference[] = [];
  const problems: InterpolationProblem[] = [];
  let filled = 0;
  let literal = 0;
  let at = 0;
  while (at < text.length) {
    const next = text.indexOf('$', at);
    if (next === -1) break;
    literally(text.slice(at, next));
    if (text.startsWith('$${', next)) {
      literally('${');
      literal += 1;
      at = next + 3;
    } else if (text.startsWith('${{', next)) {
      const end = text.indexOf('}}', next);
      at = end === -1 ? text.length : end + 2;
      literally(text.slice(next, at));
    } else if (text.startsWith('${', next)) {
      const end = text.indexOf('}', next);
      at = end === -1 ? text.length : end + 1;
      filled += 1;
      const value = resolve(text.slice(next, at), end !== -1, sources);
      out.push({ text: value.text, from: value.from, secret: value.references.some(({ masked }) => masked) });
      references.push(...value.references);
      problems.push(...value.problems);
    } else {
      literally('$');
      at = next + 1;
    }
  }
  literally(text.slice(at));
  return {
    text: out.map((piece) => piece.text).join(''),
    pieces: out.filter((piece) => piece.text !== '' || piece.from !== null),
    changed: filled + literal > 0,
    lone: filled === 1 && /^\$\{[^}]*\}$/.test(text),
    references,
    problems,
  };
}

interface Resolved {
  readonly text: string;
  readonly from: string | null;
  readonly references: readonly Reference[];
  readonly problems: readonly InterpolationProblem[];
}

/** A shell writes a default without `env:`. */
function defaultHint(snippet: string): string {
  const bare = /^\$\{([A-Za-z_]\w*:-.*)\}$/s.exec(snippet)?.[1];
  return bare === undefined ? '' : `write \${env:${shorten(bare)}}, or `;
}

function resolve(snippet: string, closed: boolean, sources: Sources): Resolved {
  const found = closed ? REFERENCE.exec(snippet.slice(2, -1))?.groups : undefined;
  if (found === undefined) {
    return failed({
      code: 'invalid_interpolation',
      message: `${JSON.stringify(shorten(snippet))} is neither \${NAME}, \${env:NAME}, \${env:NAME:-default} nor \${file:path}`,
      hint: `${defaultHint(snippet)}write $\${ for a literal \${`,
      snippet,
    });
  }
  if (found.path !== undefined) return fromFile(found.path, snippet, sources);
  const name = found.name ?? found.withDefault ?? '';
  const value = Object.hasOwn(sources.env, name) ? sources.env[name] : undefined;
  if (found.fallback !== undefined && (value === undefined || value === '' || value === found.fallback)) {
    return { text: found.fallback, from: `env:${name}`, references: [], problems: [] };
  }
  if (value === undefined) {
    return failed({
      code: 'env_unset',
      message: `the environment variable "${name}" is not set`,
      hint: `set it, give a default with \${env:${name}:-default}, or write $\${${name}} for a literal \${${name}}`,
      snippet,
    });
  }
  const masked = utf8Length(value) >= SECRET_BYTES;
  const reference: Reference = { kind: 'env', name, snippet, value, masked, warning: null };
  return { text: value, from: `env:${name}`, references: [reference], problems: [] };
}

function fromFile(path: string, snippet: string, sources: Sources): Resolved {
  const read = sources.readFile(path);
  if (!read.ok) return failed({ code: read.code, message: read.message, hint: read.hint, snippet });
  const text = read.content.replace(/\r?\n$/, '');
  const problems: InterpolationProblem[] =
    read.warning === null
      ? []
      : [{ severity: 'warning', code: 'secret_file_unsafe', message: read.warning, hint: 'chmod 600', snippet }];
  const { file: name, warning } = read;
  const reference: Reference = { kind: 'file', name, snippet, value: text, masked: text !== '', warning };
  return { text, from: `file:${path}`, references: [reference], problems };
}

function failed(problem: Omit<InterpolationProblem, 'severity'>): Resolved {
  return { text: '', from: null, references: [], problems: [{ severity: 'error', ...problem }] };
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
