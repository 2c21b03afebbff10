import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { type Decoded, decode } from '../domain/config/decode.ts';
import { type Finding, type Path, valueAt } from '../domain/config/finding.ts';
import { type Salvaged, salvage } from '../domain/config/salvage.ts';
import { OperatorError, type Problem } from '../domain/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import { interpolateTree } from './interpolate-tree.ts';
import { readRegularFile } from './read-file.ts';
import { MAX_YAML_BYTES, readYaml, type YamlDocument } from './read-yaml.ts';
import { readSecretFile } from './secret-file.ts';

/** A configuration file that is well-formed, its `${…}` filled in, and the list that its problems go to. */
export interface LoadedConfig {
  readonly file: string;
  /** Absolute path of the folder that relative paths start at. */
  readonly directory: string;
  readonly tree: JsonObject;
  /** Everything found so far, in no order. */
  readonly problems: Problem[];
  /** Values to be masked wherever they show. */
  readonly secrets: Set<string>;
  /** Adds a finding of this file; `within` narrows its place to an offset of a scalar's text. */
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

/** Reads a configuration file as far as its form goes; throws `config_not_found`, or `config_invalid` with everything wrong with its form. */
export function loadConfig(options: {
  readonly file: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}): LoadedConfig {
  const file = resolve(options.file);
  const read = readRegularFile(file, MAX_YAML_BYTES * 64);
  if (!read.ok) throw new OperatorError('config_not_found', `the configuration ${file} cannot be read: ${read.reason}`);
  const yaml = readYaml(read.bytes, file);
  if (!yaml.ok) throw invalid(file, yaml.problems);
  return fillIn(yaml.document, options.env);
}

/** The error that a configuration with problems ends in. */
export function invalid(file: string, problems: readonly Problem[]): OperatorError {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const count = errors.length === 1 ? 'an error' : `${errors.length} errors`;
  return new OperatorError('config_invalid', `${file} has ${count}`, {
    location: errors[0]?.location ?? null,
    problems,
  });
}

function fillIn(document: YamlDocument, env: Readonly<Record<string, string | undefined>>): LoadedConfig {
  const { file } = document;
  const directory = dirname(file);
  const filled = interpolateTree(document, { env, readFile: (path) => readSecretFile(path, directory) });
  const tree = filled.tree ?? {};
  if (!isJsonObject(tree)) throw invalid(file, [notAMap(document, filled.tree)]);
  const problems = [...filled.problems];
  const report: LoadedConfig['report'] = (finding, within) => {
    const { path, at, ...problem } = finding;
    if (!filled.failed(path)) problems.push({ ...problem, location: document.locate(path, at, within) });
  };
  const origin = { written: filled.written, source: document.source };
  return {
    file,
    directory,
    tree,
    problems,
    secrets: new Set(filled.secrets),
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

function notAMap(document: YamlDocument, tree: unknown): Problem {
  return {
    severity: 'error',
    code: 'wrong_type',
    message: `expected a map of sections (\`service\`, \`plugins\`, \`routes\`, …), found ${Array.isArray(tree) ? 'a list' : JSON.stringify(tree).slice(0, 80)}`,
    location: document.locate([], 'value'),
    hint: 'begin with `plugins:`',
  };
}

/** A value of the tree as JSON; the reader of YAML made nothing else. */
export function asJson(value: unknown): Json {
  return value as Json;
}
