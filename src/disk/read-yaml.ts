import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type Scalar,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { describeValue, type Path } from '../domain/config/finding.ts';
import type { Location, Problem } from '../domain/errors.ts';
import type { ProblemCode } from '../domain/problem-codes.ts';

/** The largest file that is read as YAML, in bytes. */
export const MAX_YAML_BYTES = 262_144;
const MAX_NODES = 100_000;
const MAX_DEPTH = 64;
const MAX_ALIASES = 1_000;
/** Brackets that stand open at one time; beyond it the parser itself would run out of stack. */
const MAX_OPEN_BRACKETS = 500;
/** Problems of form that are listed; the rest follows from them more often than not. */
const MAX_PROBLEMS = 50;
const REFUSED_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** One well-formed YAML document as plain data, and where everything in it stands. */
export interface YamlDocument {
  readonly file: string;
  /** Maps are plain objects; an empty document is null. */
  readonly tree: unknown;
  /** Place of the nearest node to `path` that exists: its key, or its value, or an offset in a text that stands in it verbatim. */
  readonly locate: (
    path: Path,
    at: 'key' | 'value',
    within?: { readonly text: string; readonly offset: number },
  ) => Location;
}

/** Either the document or everything that is wrong with its form. */
export type YamlResult =
  | { readonly ok: true; readonly document: YamlDocument }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Reads exactly one YAML 1.2 (core schema) document from `bytes`; `file` is only named in places. */
export function readYaml(bytes: Uint8Array, file: string): YamlResult {
  const refuse = (message: string, hint: string): YamlResult => ({
    ok: false,
    problems: [{ severity: 'error', code: 'yaml_syntax', message, location: { file, line: 1, column: 1 }, hint }],
  });
  if (bytes.length > MAX_YAML_BYTES) {
    return refuse(
      `the file has ${bytes.length} bytes; at most ${MAX_YAML_BYTES} are read`,
      'put large data into files of their own',
    );
  }
  const text = decodeUtf8(bytes);
  if (text === null) return refuse('the file is not UTF-8 text', 'save it as UTF-8');
  if (nestsTooDeeply(text))
    return refuse(`more than ${MAX_OPEN_BRACKETS} brackets are open at one time`, 'nest less deeply');
  try {
    return parse(text, file);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return refuse('the document is nested too deeply to be read', 'nest less deeply');
  }
}

function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}

/** Brackets in text count too; only their depth matters here, and no honest text comes near the limit. */
function nestsTooDeeply(text: string): boolean {
  let open = 0;
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charCodeAt(index);
    if (char === 0x5b || char === 0x7b) open += 1;
    else if ((char === 0x5d || char === 0x7d) && open > 0) open -= 1;
    else if (char === 0x0a && (text.charCodeAt(index + 1) | 0x20) > 0x60) open = 0;
    if (open > MAX_OPEN_BRACKETS) return true;
  }
  return false;
}

function parse(text: string, file: string): YamlResult {
  const lines = new LineCounter();
  const place = (offset: number): Location => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const parsed = parseAllDocuments(text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
    strict: true,
    logLevel: 'silent',
    lineCounter: lines,
  });
  const documents: readonly Document.Parsed[] = Array.isArray(parsed) ? parsed : [];
  const [document, second] = documents;
  const problems: Problem[] = [];
  const report = (code: ProblemCode, message: string, offset: number, hint: string | null): void => {
    const location = place(offset);
    const seen = problems.some(
      (other) => other.code === code && other.location?.line === location.line && code === 'yaml_syntax',
    );
    if (!seen && problems.length < MAX_PROBLEMS) problems.push({ severity: 'error', code, message, location, hint });
  };
  for (const error of [...(document?.errors ?? []), ...(document?.warnings ?? [])]) reportSyntax(error, text, report);
  if (second !== undefined) {
    const offset = startOf(second, text);
    report(
      'yaml_multiple_documents',
      'a second document begins here (`---`); a configuration is exactly one document',
      offset,
      'remove the `---` and merge what follows into the first document',
    );
  }
  const root = document?.contents ?? null;
  const tree = problems.length > 0 || root === null ? null : toTree(root, document, report, place);
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, document: { file, tree, locate: locator(root, document, place, text) } };
}

type Report = (code: ProblemCode, message: string, offset: number, hint: string | null) => void;

/** Offset of the `---` that begins a document. */
function startOf(document: Document.Parsed, text: string): number {
  const from = document.range[0];
  const marker = /^---/m.exec(text.slice(from));
  if (marker !== null) return from + marker.index;
  const before = text.lastIndexOf('---', from);
  return before === -1 ? from : before;
}

function reportSyntax(error: YAMLError, text: string, report: Report): void {
  if (error.message.includes('call stack')) throw new RangeError(error.message);
  // What is missing at the end of the file is noticed behind its last line; people look at the line itself.
  const offset = Math.min(error.pos[0], Math.max(text.trimEnd().length - 1, 0));
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const lineEnd = text.indexOf('\n', lineStart);
  const line = text.slice(lineStart, lineEnd === -1 ? undefined : lineEnd).trimEnd();
  const tab = error.code === 'TAB_AS_INDENT' || /^ *\t/.test(line);
  const hint = tab ? 'indent with spaces; YAML does not allow tabs there' : null;
  report('yaml_syntax', `${error.message}, near ${describeValue(line.trim())}`, offset, hint);
}

/** Plain data of a node; what cannot be plain data is reported. */
function toTree(
  root: Node,
  document: Document.Parsed | undefined,
  report: Report,
  place: (offset: number) => Location,
): unknown {
  let nodes = 0;
  let aliases = 0;
  let tooLarge = false;
  const offsetOf = (node: Node): number => node.range?.[0] ?? 0;

  function giveUp(node: Node, message: string): null {
    if (!tooLarge)
      report(
        'yaml_syntax',
        message,
        offsetOf(node),
        'write less at one place; large data belongs into files of its own',
      );
    tooLarge = true;
    return null;
  }

  function convert(node: Node | null, depth: number): unknown {
    if (node === null || tooLarge) return null;
    nodes += 1;
    if (nodes > MAX_NODES)
      return giveUp(node, `the document has more than ${MAX_NODES} nodes once its aliases are filled in`);
    if (depth > MAX_DEPTH) return giveUp(node, `the document is nested more than ${MAX_DEPTH} levels deep`);
    if (isAlias(node)) return convertAlias(node, depth);
    if (isMap<Node, Node | null>(node)) return convertMap(node, depth);
    if (isSeq<Node>(node)) return node.items.map((item) => convert(item, depth + 1));
    return isScalar(node) ? convertScalar(node) : null;
  }

  function convertAlias(alias: Alias, depth: number): unknown {
    aliases += 1;
    if (aliases > MAX_ALIASES)
      return giveUp(alias, `the document has more than ${MAX_ALIASES} aliases once they are filled in`);
    const target = document === undefined ? undefined : alias.resolve(document);
    if (target !== undefined) return convert(target, depth + 1);
    report(
      'yaml_syntax',
      `the alias "*${alias.source}" has no anchor "&${alias.source}" before it`,
      offsetOf(alias),
      null,
    );
    return null;
  }

  function convertMap(map: YAMLMap<Node, Node | null>, depth: number): unknown {
    const result: Record<string, unknown> = {};
    const seen = new Map<string, Node>();
    for (const { key: node, value } of map.items) {
      const key = keyText(node);
      if (key === null) {
        report('wrong_type', 'expected a key that is text, found a list or map', offsetOf(node), null);
        continue;
      }
      const first = seen.get(key);
      if (first !== undefined) {
        const line = place(offsetOf(first)).line;
        report(
          'yaml_duplicate_key',
          `the key ${describeValue(key)} stands twice in this map; first in line ${line}`,
          offsetOf(node),
          'keep one of them',
        );
        continue;
      }
      seen.set(key, node);
      if (REFUSED_KEYS.has(key))
        report('invalid_name', `the key "${key}" is not allowed anywhere`, offsetOf(node), 'choose another name');
      else result[key] = convert(value, depth + 1);
    }
    return result;
  }

  function convertScalar(scalar: Scalar): unknown {
    const { value, source } = scalar;
    if (typeof value === 'number') {
      if (!Number.isFinite(value))
        report('invalid_value', `the number ${source} cannot be written as JSON`, offsetOf(scalar), null);
      else if (Number.isInteger(value) && !Number.isSafeInteger(value) && /^[-+]?\d+$/.test(source ?? '')) {
        report(
          'invalid_value',
          `the number ${source} is too large to be kept exactly`,
          offsetOf(scalar),
          `put it in quotes: "${source}"`,
        );
      }
    }
    return value ?? null;
  }

  return convert(root, 0);
}

/** A key as text; numbers and the like as they were written. */
function keyText(node: Node | null): string | null {
  if (node === null) return '';
  if (!isScalar(node)) return null;
  return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value ?? ''));
}

function locator(
  root: Node | null,
  document: Document.Parsed | undefined,
  place: (offset: number) => Location,
  text: string,
): YamlDocument['locate'] {
  return (path, at, within) => {
    let key: Node | null = null;
    let value: Node | null = root;
    for (const part of path) {
      const from: Node | null = isAlias(value) && document !== undefined ? (value.resolve(document) ?? null) : value;
      if (isMap<Node, Node | null>(from)) {
        const pair = from.items.find((item) => keyText(item.key) === part);
        if (pair === undefined) break;
        [key, value] = [pair.key, pair.value];
      } else if (isSeq<Node>(from) && from.items[Number(part)] !== undefined) {
        [key, value] = [null, from.items[Number(part)] ?? null];
      } else break;
    }
    const start = value?.range?.[0] ?? null;
    // A block map or list begins at its first entry, lines below the key that readers look for.
    const atKey = key !== null && (at === 'key' || start === null || isBlock(value) || isEmptyScalar(value));
    if (atKey) return place(key?.range?.[0] ?? 0);
    if (within !== undefined && start !== null) {
      const offset = text.indexOf(within.text, start);
      if (offset !== -1 && offset < (value?.range?.[1] ?? 0)) return place(offset + within.offset);
    }
    return place(start ?? 0);
  };
}

function isBlock(node: Node | null): boolean {
  return isCollection(node) && node.flow !== true;
}

function isEmptyScalar(node: Node | null): boolean {
  return isScalar(node) && node.range !== null && node.range !== undefined && node.range[0] === node.range[1];
}
