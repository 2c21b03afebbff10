import { resolve } from 'node:path';
import type { z } from 'zod';
import { type Decoded, decode } from '../domain/config/decode.ts';
import { type Finding, type Path, valueAt } from '../domain/config/finding.ts';
import { type Salvaged, salvage } from '../domain/config/salvage.ts';
import type { Location, Problem } from '../domain/errors.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { Piece, Reference } from './interpolate.ts';
import { invalid } from './invalid.ts';
import { mergeDocuments } from './merge-documents.ts';
import { type ConfigDocuments, readDocuments } from './read-documents.ts';
import type { Sources } from './sources.ts';

/** A configuration that is well-formed, from one file or several, its `${…}` filled in, and the list that its problems go to. */
export interface LoadedConfig {
  readonly file: string;
  /** Absolute path of the folder that a relative path standing there starts at: that of the file that names it. */
  readonly directoryOf: (path: Path) => string;
  readonly tree: JsonObject;
  /** Everything found so far, in no order. */
  readonly problems: Problem[];
  /** The files it was read from, plugins excepted. */
  readonly sources: Sources;
  /** What its `${…}` stand for and is to be masked wherever it shows. */
  readonly secrets: ReadonlySet<string>;
  /** The scalar at a path as written when it held a `${…}`, else null; and where what stands there comes from. */
  readonly whence: (path: Path) => { readonly written: string | null; readonly location: Location };
  /** What a scalar that held a `${…}` was made of, files by their absolute path; null: it held none. */
  readonly piecesOf: (path: Path) => readonly Piece[] | null;
  /** What the `${…}` of the scalar at a path stand for. */
  readonly references: (path: Path) => readonly Reference[];
  /** Adds a finding; `within` narrows its place to an offset of a scalar's text. */
  report(finding: Finding, within?: { readonly text: string; readonly offset: number }): void;
  /** Decodes what stands at a path (or another value in its place); reports what is wrong with it and returns null. */
  decode<Schema extends z.ZodType>(
    schema: Schema,
    path: Path,
    value?: unknown,
  ): Extract<Decoded<z.output<Schema>>, { ok: true }> | null;
  /** What can be used of a section, well-formed or not; reports nothing. Null when it is no map. */
  salvage<Schema extends z.ZodObject>(schema: Schema, path: Path, value: unknown): Salvaged<z.output<Schema>> | null;
}

/**
 * Reads a configuration file and what it includes as far as their form goes; throws `config_not_found`, or
 * `config_invalid` with everything wrong with their form.
 */
export function loadConfig(options: {
  readonly file: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}): LoadedConfig {
  const file = resolve(options.file);
  const read = readDocuments(file, options.env);
  if ('ok' in read) throw invalid(file, read.problems);
  // Names that a file would have brought along would all be called unknown.
  if (read.incomplete) throw invalid(file, read.problems);
  return loaded(file, read);
}

function loaded(file: string, { documents, problems: found, sources }: ConfigDocuments): LoadedConfig {
  const { tree, problems: conflicts, originOf } = mergeDocuments(documents);
  const problems = [...found, ...conflicts];
  const report: LoadedConfig['report'] = ({ path, at, ...problem }, within) => {
    const { source, path: inFile } = originOf(path);
    if (source.filled.failed(inFile)) return;
    problems.push({ ...problem, location: source.document.locate(inFile, at, within) });
  };
  const origin = {
    written(path: Path) {
      const { source, path: inFile } = originOf(path);
      return source.filled.written(inFile);
    },
    source(path: Path) {
      const { source, path: inFile } = originOf(path);
      return source.document.source(inFile);
    },
  };
  return {
    file,
    directoryOf: (path) => originOf(path).source.directory,
    tree,
    problems,
    sources,
    secrets: new Set(documents.flatMap(({ filled }) => filled.secrets)),
    whence(path) {
      const { source, path: inFile } = originOf(path);
      const location = source.document.locate(inFile, 'value');
      return { written: source.filled.written(inFile)?.text ?? null, location };
    },
    piecesOf(path) {
      const { source, path: inFile } = originOf(path);
      const pieces = source.filled.written(inFile)?.pieces ?? null;
      return pieces?.map((piece) => absolute(piece, source.directory)) ?? null;
    },
    references(path) {
      const { source, path: inFile } = originOf(path);
      return source.filled.references(inFile);
    },
    report,
    decode(schema, path, value = valueAt(tree, path)) {
      const decoded = decode(schema, { value, path, ...origin });
      if (decoded.ok) return decoded;
      for (const finding of decoded.findings) report(finding);
      return null;
    },
    salvage: (schema, path, value) => salvage(schema, { value, path, ...origin }),
  };
}

function absolute(piece: Piece, directory: string): Piece {
  return piece.from?.startsWith('file:') === true
    ? { ...piece, from: `file:${resolve(directory, piece.from.slice('file:'.length))}` }
    : piece;
}

/** A value of the tree as JSON; the reader of YAML made nothing else. */
export function asJson(value: unknown): Json {
  return value as Json;
}
