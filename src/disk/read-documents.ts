import { globSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { describeValue } from '../domain/config/finding.ts';
import { OperatorError, type Problem } from '../domain/errors.ts';
import { isJsonObject } from '../domain/json.ts';
import { interpolateTree } from './interpolate-tree.ts';
import type { ConfigDocument } from './merge-documents.ts';
import { readRegularFile } from './read-file.ts';
import { MAX_YAML_BYTES, readYaml, type YamlDocument } from './read-yaml.ts';
import { readSecretFile } from './secret-file.ts';
import type { Sources } from './sources.ts';

/** Files of one configuration, the first included. */
const MAX_FILES = 256;
/** Bytes that a file may have to be refused for its size with a word about it, rather than as unreadable. */
const MAX_READ_BYTES = MAX_YAML_BYTES * 64;
const GLOB = /[*?[\]{}]/;

/** A configuration's files as far as they could be read, the one given first, and what is wrong with the others. */
export interface ConfigDocuments {
  readonly documents: readonly [ConfigDocument, ...ConfigDocument[]];
  readonly problems: readonly Problem[];
  /** True when a file could not be taken in, so that what refers to it cannot be judged. */
  readonly incomplete: boolean;
  readonly sources: Sources;
}

/** A file that could not be taken in as a document. */
type Unread = { readonly ok: false; readonly problems: readonly Problem[] };

/** Reads a configuration file and everything it includes; throws `config_not_found` when it cannot be read itself. */
export function readDocuments(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): ConfigDocuments | Unread {
  const read = readRegularFile(file, MAX_READ_BYTES);
  if (!read.ok) throw new OperatorError('config_not_found', `the configuration ${file} cannot be read: ${read.reason}`);
  const files = new Set([file]);
  const folders = new Set<string>();
  const noteFile = (path: string): void => void files.add(path);
  const main = toDocument(read.bytes, file, { env, noteFile });
  if (!main.ok) return main;
  const documents: [ConfigDocument, ...ConfigDocument[]] = [main.value];
  const problems: Problem[] = [...main.value.filled.problems];
  const seen = new Set([realPathOf(file)]);
  let incomplete = false;

  function include(from: ConfigDocument, chain: readonly string[]): void {
    for (const { path, place } of includesOf(from, problems, folders)) {
      const real = realPathOf(path);
      const refuse = (message: string, hint: string): void => {
        incomplete = true;
        problems.push({ severity: 'error', code: 'include_refused', message, location: place, hint });
      };
      if (chain.includes(real)) {
        const circle = [...chain.slice(chain.indexOf(real)), real].join(' → ');
        refuse(`${path} includes itself: ${circle}`, 'take one of the includes out');
        continue;
      }
      if (seen.has(real)) continue;
      seen.add(real);
      if (seen.size > MAX_FILES) {
        refuse(`more than ${MAX_FILES} files are included`, 'merge some of them, or include fewer');
        return;
      }
      files.add(path);
      const bytes = readRegularFile(path, MAX_READ_BYTES);
      if (!bytes.ok) {
        incomplete = true;
        const message = `the included file "${path}" cannot be read: ${bytes.reason}`;
        const hint = 'a relative path starts at the folder of the file that names it';
        problems.push({ severity: 'error', code: 'file_unreadable', message, location: place, hint });
        continue;
      }
      const document = toDocument(bytes.bytes, path, { env, noteFile });
      if (!document.ok) {
        incomplete = true;
        problems.push(...document.problems);
        continue;
      }
      documents.push(document.value);
      problems.push(...document.value.filled.problems);
      include(document.value, [...chain, real]);
    }
  }

  include(main.value, [realPathOf(file)]);
  return { documents, problems, incomplete, sources: { files: [...files], folders: [...folders] } };
}

function toDocument(
  bytes: Uint8Array,
  file: string,
  about: { readonly env: Readonly<Record<string, string | undefined>>; readonly noteFile: (path: string) => void },
): { readonly ok: true; readonly value: ConfigDocument } | Unread {
  const yaml = readYaml(bytes, file);
  if (!yaml.ok) return yaml;
  const { document } = yaml;
  const directory = dirname(file);
  const filled = interpolateTree(document, {
    env: about.env,
    readFile(path) {
      about.noteFile(resolve(directory, path));
      return readSecretFile(path, directory);
    },
  });
  const whole = filled.tree ?? {};
  if (!isJsonObject(whole)) return { ok: false, problems: [notAMap(document, filled.tree)] };
  const { include: _, ...tree } = whole;
  return { ok: true, value: { document, filled, tree, directory } };
}

/** The files that a document includes, globs in the order of their names; what is wrong with its `include` is reported. */
function includesOf({ document, filled, directory }: ConfigDocument, problems: Problem[], folders: Set<string>) {
  const written = isJsonObject(filled.tree) ? filled.tree['include'] : undefined;
  if (written === undefined || written === null) return [];
  const path = ['include'];
  const patterns = [written].flat();
  if (!patterns.every(isFileName)) {
    const at = Array.isArray(written) ? [...path, patterns.findIndex((one) => !isFileName(one))] : path;
    const found = describeValue(Array.isArray(written) ? patterns.find((one) => !isFileName(one)) : written);
    const message = `include: expected a file or a list of files, found ${found}`;
    problems.push({
      severity: 'error',
      code: 'wrong_type',
      message,
      location: document.locate(at, 'value'),
      hint: null,
    });
    return [];
  }
  const single = typeof written === 'string';
  return patterns.flatMap((pattern, index) => {
    const at = single ? path : [...path, index];
    const place = document.locate(at, 'value');
    if (filled.failed(at)) return [];
    if (!GLOB.test(pattern)) return [{ path: resolve(directory, pattern), place }];
    const fixed = pattern.split('/').slice(0, -1);
    const wild = fixed.findIndex((part) => GLOB.test(part));
    folders.add(
      resolve(
        directory,
        `${fixed.slice(0, wild === -1 ? undefined : wild).join('/')}/`.replace(/^\/$/, isAbsolute(pattern) ? '/' : '.'),
      ),
    );
    const found = globSync(pattern, { cwd: directory, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => resolve(entry.parentPath, entry.name))
      .toSorted();
    if (found.length === 0) {
      const where = isAbsolute(pattern) ? '' : `, which starts at ${directory}`;
      const message = `no file matches "${pattern}"${where}`;
      problems.push({ severity: 'warning', code: 'include_refused', message, location: place, hint: null });
    }
    return found.map((file) => ({ path: file, place }));
  });
}

/** By hand: whoever only looks for a running gateway need not wait for the schemas. */
function isFileName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
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
