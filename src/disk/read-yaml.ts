import { type Document, LineCounter, parseAllDocuments, type YAMLError } from 'yaml';
import { describeValue } from '../domain/config/finding.ts';
import type { Location, Problem } from '../domain/errors.ts';
import { type Locate, locator, type SourceOf, sourceReader } from './locate-node.ts';
import { type Report, toTree } from './yaml-tree.ts';

/** The largest file that is read as YAML, in bytes. */
export const MAX_YAML_BYTES = 262_144;
/** Brackets that stand open at one time; beyond it the parser itself would run out of stack. */
const MAX_OPEN_BRACKETS = 500;
/** Problems of form that are listed; the rest follows from them more often than not. */
const MAX_PROBLEMS = 50;

/** One well-formed YAML document as plain data, and where everything in it stands. */
export interface YamlDocument {
  readonly file: string;
  /** Maps are plain objects; an empty document is null. */
  readonly tree: unknown;
  /** Finds the place of a path. */
  readonly locate: Locate;
  readonly source: SourceOf;
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
      'split it into files that `include` names, and put large data into files of their own',
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
  const report: Report = (code, message, offset, hint) => {
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
  const locate = locator(root, document, place, text);
  return { ok: true, document: { file, tree, locate, source: sourceReader(root, document) } };
}

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
  report('yaml_syntax', `${error.message}, near ${describeValue(line.trim())}`, offset, hintFor(error, line));
}

function hintFor(error: YAMLError, line: string): string | null {
  if (error.code === 'TAB_AS_INDENT' || /^ *\t/.test(line)) return 'indent with spaces; YAML does not allow tabs there';
  // Inside a flow map the brace of a bare ${…} opens another map.
  return /[{[].*[^"'$]\$\{/.test(line) ? 'put ${…} into quotes inside { } and [ ]' : null;
}
