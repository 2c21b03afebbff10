import { z } from 'zod';
import { execSchema } from '../../src/domain/config/exec.ts';
import { NOT_YET } from '../../src/domain/config/not-yet.ts';
import { plainConfigSchema } from '../../src/domain/config/schema.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/domain/json.ts';

interface Row {
  readonly key: string;
  readonly type: string;
  readonly byDefault: string;
  readonly text: string;
}

/** The reference page of the configuration, in Markdown, made from the schemas. */
export function renderConfigReference(): string {
  const root = plainConfigSchema();
  const sections = Object.entries(propertiesOf(root)).map(([key, schema]) => renderSection(key, schema));
  const exec = z.toJSONSchema(execSchema, { io: 'input', reused: 'inline', unrepresentable: 'any' });
  const execJson: unknown = JSON.parse(JSON.stringify(exec));
  return `${[
    '# Configuration',
    '<!-- Generated from the schemas by `npm run generate`; do not edit. -->',
    INTRODUCTION,
    ...sections,
    '## `config` of `uses: exec`\n\nAn instance that uses `exec` runs an ordinary command without any protocol.',
    renderRows(isJsonObject(execJson) ? rowsOf(execJson, '') : []),
    '## What this version does not act on yet\n\nThese settings are checked like all others, then refused (an error) or answered with a warning.',
    renderNotYet(),
  ].join('\n\n')}\n`;
}

const INTRODUCTION = `One YAML 1.2 document, \`ductile.yaml\` (or \`config.yaml\`), found by \`--config\`, \`$DUCTILE_CONFIG\`, in the working directory,
in \`~/.config/ductile/\` and in \`/etc/ductile/\`, in this order. \`ductile check\` reports everything wrong with it at once;
\`ductile schema\` prints the JSON Schema, for editors.

- **Names** of instances, schedules, routes and webhooks: a lower-case letter, then at most 63 of \`[a-z0-9_-]\`.
- **Durations**: \`250ms\`, \`30s\`, \`15m\`, \`6h\`, \`7d\`. **Sizes**: \`64KiB\`, \`1MiB\`, \`10MB\`.
- **Paths**: relative ones start at the folder of the file that names them.
- \`\${NAME}\`, \`\${env:NAME}\`, \`\${env:NAME:-default}\` and \`\${file:path}\` are filled in inside any text; a value that is exactly one of
  them takes the type of its key. \`$\${\` is a literal \`\${\`. \`\${{ … }}\` is an expression of a route, evaluated when it fires.
- In the tables, \`<name>\` stands for a name of your own and \`[]\` for each entry of a list.`;

function renderSection(key: string, schema: JsonObject): string {
  const rows = rowsOf(schema, key);
  const own: Row = { key, type: typeOf(schema), byDefault: defaultOf(schema), text: '' };
  const table = renderRows(rows.length > 0 ? rows : [own]);
  return `## \`${key}\`\n\n${textOf(schema)}\n\n${table}`;
}

function renderRows(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ key, type, byDefault, text }) => `| \`${key}\` | ${cell(type)} | ${cell(byDefault)} | ${cell(text)} |`,
  );
  return ['| Key | Type | Default | Meaning |', '|---|---|---|---|', ...lines].join('\n');
}

function renderNotYet(): string {
  const lines = NOT_YET.map(({ at, answer, of, instead }) => {
    const setting = of === undefined ? `\`${at}\`` : `\`${at}\`: ${of}`;
    return `| ${cell(setting)} | ${answer === 'refuse' ? 'refused' : 'warning'} | ${cell(instead)} |`;
  });
  return ['| Setting | Answer | Instead |', '|---|---|---|', ...lines].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

/** A row for every key below a schema, depth first. */
function rowsOf(schema: JsonObject, prefix: string): readonly Row[] {
  return formsOf(schema).flatMap((form) => {
    const { items, additionalProperties: others } = form;
    if (isJsonObject(items)) return rowsOf(items, `${prefix}[]`);
    if (isJsonObject(others)) return rowsOf(others, `${prefix}.<name>`);
    return Object.entries(propertiesOf(form)).flatMap(([key, inner]) => {
      const path = prefix === '' ? key : `${prefix}.${key}`;
      const required = Array.isArray(form['required']) && form['required'].includes(key);
      const byDefault = required ? 'required' : defaultOf(inner);
      const below = inner['x-kind'] === 'target' ? [] : rowsOf(inner, path);
      return [{ key: path, type: typeOf(inner), byDefault, text: textOf(inner) }, ...below];
    });
  });
}

/** The forms a value may have; one and a list of the same are told once, as the list. */
function formsOf(schema: JsonObject): readonly JsonObject[] {
  const forms = schema['anyOf'];
  if (!Array.isArray(forms)) return [schema];
  const objects = forms.filter((form: Json) => isJsonObject(form));
  const lists = objects.filter((form) => form['type'] === 'array');
  return lists.length > 0 ? lists : objects;
}

function typeOf(schema: JsonObject): string {
  const kind = schema['x-kind'];
  if (kind === 'target') return 'instance or `{ instance, command }`';
  if (typeof kind === 'string') return kind;
  const words = schema['enum'];
  if (Array.isArray(words)) return words.map((word: Json) => `\`${String(word)}\``).join(', ');
  if ('const' in schema) return `\`${String(schema['const'])}\``;
  const forms = schema['anyOf'];
  if (Array.isArray(forms))
    return forms.map((form: Json) => (isJsonObject(form) ? typeOf(form) : 'anything')).join(' or ');
  if (schema['type'] === 'array') return isJsonObject(schema['items']) ? `list of ${typeOf(schema['items'])}` : 'list';
  if (schema['type'] === 'integer') return `whole number, ${String(schema['minimum'])} to ${String(schema['maximum'])}`;
  return TYPE_WORDS[String(schema['type'])] ?? 'anything';
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: '`true` or `false`',
  object: 'map',
  number: 'number',
};

function defaultOf(schema: JsonObject): string {
  const value = schema['default'];
  if (value === undefined) return '';
  return isJsonObject(value) ? '' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function textOf(schema: JsonObject): string {
  return typeof schema['description'] === 'string' ? schema['description'] : '';
}

function propertiesOf(schema: JsonObject): Readonly<Record<string, JsonObject>> {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  return Object.fromEntries(
    Object.entries(properties).filter((entry): entry is [string, JsonObject] => isJsonObject(entry[1])),
  );
}
