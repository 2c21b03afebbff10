import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { compileSchema } from './json-schema.ts';
import { decodeManifest } from './manifest.ts';
import { manifestSchema } from './manifest-schema.ts';

const LEAST = { name: 'withings', protocol: 1, entrypoint: 'run.py', commands: ['poll'] };

test('a manifest needs a name, a protocol, an entrypoint and commands, and nothing else', () => {
  const decoded = decodeManifest(LEAST, 'withings');
  assert.ok(decoded.ok);
  assert.deepEqual(decoded.warnings, []);
  assert.deepEqual(decoded.manifest, {
    name: 'withings',
    version: '0.0.0',
    protocol: 1,
    entrypoint: 'run.py',
    description: null,
    commands: new Map([['poll', { name: 'poll', description: null, idempotent: true, inputSchema: null }]]),
    configKeys: { required: [], optional: [], secret: [], paths: [] },
    events: new Map(),
    concurrency: 1,
  });
});

test('a full manifest is decoded whole', () => {
  const schema = { type: 'object', required: ['text'] };
  const decoded = decodeManifest(
    {
      name: 'withings',
      version: '1.2.0',
      protocol: 1,
      entrypoint: 'bin/run.py',
      description: 'Weight and sleep',
      commands: { poll: null, handle: { description: 'Send it on', idempotent: false, input_schema: schema } },
      config_keys: { required: ['client_id', 'token'], optional: ['folder'], secret: ['token'], paths: ['folder'] },
      events: ['health.sleep.recorded', { type: 'health.weight.recorded', schema }],
      concurrency: 1_000,
    },
    'withings',
  );
  assert.ok(decoded.ok);
  assert.deepEqual(decoded.manifest, {
    name: 'withings',
    version: '1.2.0',
    protocol: 1,
    entrypoint: 'bin/run.py',
    description: 'Weight and sleep',
    commands: new Map([
      ['poll', { name: 'poll', description: null, idempotent: true, inputSchema: null }],
      ['handle', { name: 'handle', description: 'Send it on', idempotent: false, inputSchema: schema }],
    ]),
    configKeys: { required: ['client_id', 'token'], optional: ['folder'], secret: ['token'], paths: ['folder'] },
    events: new Map([
      ['health.sleep.recorded', { type: 'health.sleep.recorded', schema: null }],
      ['health.weight.recorded', { type: 'health.weight.recorded', schema }],
    ]),
    concurrency: 1_000,
  });
});

test('a name that is not the directory is a warning, because the directory is what counts', () => {
  const decoded = decodeManifest(LEAST, 'withings-main');
  assert.ok(decoded.ok);
  assert.deepEqual(
    decoded.warnings.map(({ severity, code, path, hint }) => ({ severity, code, path, hint })),
    [
      {
        severity: 'warning',
        code: 'invalid_value',
        path: ['name'],
        hint: 'rename the directory to "withings", or write `name: withings-main`',
      },
    ],
  );
});

const ROOT = 'expected a map with `name`, `protocol`, `entrypoint` and `commands`';
const NAME = 'expected a name: a lower-case letter, then at most 63 of [a-z0-9_-]';
const INSIDE = "expected a path inside the plugin's directory, relative to it and without `..`";
const TYPE = 'lower-case segments [a-z0-9][a-z0-9_-]* joined by dots';

/** Each row: what is written over the least manifest, and the problems as `code path: message (hint)`. */
const broken: readonly (readonly [string, object, readonly string[]])[] = [
  ['an entrypoint at the root', { entrypoint: '/bin/sh' }, [`invalid_value entrypoint: ${INSIDE}, found "/bin/sh"`]],
  ['an entrypoint above', { entrypoint: '../run' }, [`invalid_value entrypoint: ${INSIDE}, found "../run"`]],
  ['an entrypoint by detours', { entrypoint: 'a/../run' }, [`invalid_value entrypoint: ${INSIDE}, found "a/../run"`]],
  ['an entrypoint that is a folder', { entrypoint: 'bin/' }, [`invalid_value entrypoint: ${INSIDE}, found "bin/"`]],
  ['an empty entrypoint', { entrypoint: '' }, ['invalid_value entrypoint: expected a file name, found ""']],
  [
    'an entrypoint that is no text',
    { entrypoint: 3 },
    ['wrong_type entrypoint: expected a file name, found the number 3 (put it in quotes: "3")'],
  ],
  ['a malformed name', { name: 'With Ings' }, [`invalid_name name: ${NAME}, found "With Ings"`]],
  ['a quoted protocol', { protocol: '1' }, ['wrong_type protocol: expected the number 1, found "1"']],
  [
    'a version without quotes',
    { version: 1.2 },
    ['wrong_type version: expected text, found the number 1.2 (put it in quotes: "1.2")'],
  ],
  [
    'an empty list of commands',
    { commands: [] },
    ['invalid_value commands: expected at least one command, found a list'],
  ],
  [
    'an empty map of commands',
    { commands: {} },
    ['invalid_value commands: expected at least one command, found a map'],
  ],
  [
    'commands that are neither',
    { commands: 'poll' },
    ['wrong_type commands: expected a list of names or a map of commands, found "poll"'],
  ],
  ['a repeated command', { commands: ['poll', 'poll'] }, ['duplicate_name commands[1]: "poll" stands twice']],
  [
    'a malformed command',
    { commands: { 'Poll it': {} } },
    [`invalid_name commands."Poll it": ${NAME}, found "Poll it"`],
  ],
  [
    'a command that is no map',
    { commands: { poll: 1 } },
    ['wrong_type commands.poll: expected a map such as { description: … }, found the number 1'],
  ],
  [
    'a misspelt key of a command',
    { commands: { poll: { idempotnet: false } } },
    ['unknown_key commands.poll.idempotnet: unknown key "idempotnet" in commands.poll (did you mean "idempotent"?)'],
  ],
  [
    'an input schema that does not compile',
    { commands: { poll: { input_schema: { $ref: 'https://example.org/x' } } } },
    [
      "invalid_schema commands.poll.input_schema: not a JSON Schema: can't resolve reference https://example.org/x from id #",
    ],
  ],
  [
    'an input schema that is no map',
    { commands: { poll: { input_schema: true } } },
    ['wrong_type commands.poll.input_schema: expected a JSON Schema, as a map, found true'],
  ],
  [
    'contradictory config keys',
    { config_keys: { required: ['a', 'a', 'token'], optional: ['a'], secret: ['tokn', 'zzz'], paths: ['other'] } },
    [
      'duplicate_name config_keys.required[1]: "a" stands twice',
      'duplicate_name config_keys.optional[0]: "a" is both required and optional',
      'unknown_reference config_keys.secret[0]: "tokn" is neither a required nor an optional key (did you mean "token"?)',
      'unknown_reference config_keys.secret[1]: "zzz" is neither a required nor an optional key (name it under `required` or `optional`, too)',
      'unknown_reference config_keys.paths[0]: "other" is neither a required nor an optional key (name it under `required` or `optional`, too)',
    ],
  ],
  [
    'a misspelt kind of config keys',
    { config_keys: { secrets: [] } },
    ['unknown_key config_keys.secrets: unknown key "secrets" in config_keys (did you mean "secret"?)'],
  ],
  [
    'repeated commands, one of them malformed',
    { commands: ['poll', 5, 'poll', 5] },
    [
      `wrong_type commands[1]: ${NAME}, found the number 5 (put it in quotes: "5")`,
      `wrong_type commands[3]: ${NAME}, found the number 5 (put it in quotes: "5")`,
      'duplicate_name commands[2]: "poll" stands twice',
    ],
  ],
  [
    'contradictory config keys beside faults of form',
    {
      config_keys: {
        required: ['a', 'a', 5],
        optional: ['a', null],
        secret: ['tokn', 5, '5'],
        paths: ['b', 'b'],
        extra: [],
      },
    },
    [
      'wrong_type config_keys.required[2]: expected the name of a key, found the number 5 (put it in quotes: "5")',
      'duplicate_name config_keys.required[1]: "a" stands twice',
      'wrong_type config_keys.optional[1]: expected the name of a key, found nothing (null)',
      'wrong_type config_keys.secret[1]: expected the name of a key, found the number 5 (put it in quotes: "5")',
      'duplicate_name config_keys.paths[1]: "b" stands twice',
      'unknown_key config_keys.extra: unknown key "extra" in config_keys (known here: required, optional, secret, paths)',
      'duplicate_name config_keys.optional[0]: "a" is both required and optional',
      'unknown_reference config_keys.secret[0]: "tokn" is neither a required nor an optional key (name it under `required` or `optional`, too)',
      'unknown_reference config_keys.paths[0]: "b" is neither a required nor an optional key (name it under `required` or `optional`, too)',
      'unknown_reference config_keys.paths[1]: "b" is neither a required nor an optional key (name it under `required` or `optional`, too)',
    ],
  ],
  [
    'lists of config keys that are none',
    { config_keys: { required: ['a'], optional: ['a'], secret: 'a', paths: ['b'] } },
    [
      'wrong_type config_keys.secret: expected a list of keys, found "a"',
      'duplicate_name config_keys.optional[0]: "a" is both required and optional',
      'unknown_reference config_keys.paths[0]: "b" is neither a required nor an optional key (name it under `required` or `optional`, too)',
    ],
  ],
  [
    'required config keys that are no list, on which all else hangs',
    { config_keys: { required: 'a', optional: ['a'], secret: ['b'] } },
    ['wrong_type config_keys.required: expected a list of keys, found "a"'],
  ],
  [
    'misspelt required config keys, on which the secrets hang',
    { config_keys: { requierd: ['a'], optional: ['b', 'b'], secret: ['a'] } },
    [
      'duplicate_name config_keys.optional[1]: "b" stands twice',
      'unknown_key config_keys.requierd: unknown key "requierd" in config_keys (did you mean "required"?)',
    ],
  ],
  [
    'config keys that are a list',
    { config_keys: ['a'] },
    [
      'wrong_type config_keys: expected a map with `required`, `optional`, `secret` and `paths`, found a list (write `key: value` without the dash before it)',
    ],
  ],
  [
    'repeated event types beside faults of form',
    { events: ['a', 5, { type: 'a', schema: 5 }, { type: 5 }, 'a', {}, {}] },
    [
      'wrong_type events[1]: expected an event type or a map with `type` and `schema`, found the number 5',
      'wrong_type events[2].schema: expected a JSON Schema, as a map, found the number 5',
      'wrong_type events[3].type: expected an event type, found the number 5 (put it in quotes: "5")',
      'missing_key events[5]: events[5] lacks the key "type": expected an event type',
      'missing_key events[6]: events[6] lacks the key "type": expected an event type',
      'duplicate_name events[2]: "a" stands twice',
      'duplicate_name events[4]: "a" stands twice',
    ],
  ],
  [
    'a malformed event type',
    { events: ['Weight'] },
    [`invalid_event_type events[0]: "Weight" is not an event type: ${TYPE}`],
  ],
  [
    'a reserved event type',
    { events: [{ type: 'ductile.x' }] },
    ['invalid_event_type events[0].type: "ductile.x" is reserved: only Ductile emits ductile.*'],
  ],
  ['a repeated event type', { events: ['a', { type: 'a' }] }, ['duplicate_name events[1]: "a" stands twice']],
  [
    'an event without a type',
    { events: [{}] },
    ['missing_key events[0]: events[0] lacks the key "type": expected an event type'],
  ],
  [
    'an event schema that does not compile',
    { events: [{ type: 'a', schema: { maxLength: 'x' } }] },
    ['invalid_schema events[0].schema: not a JSON Schema: /maxLength must be integer'],
  ],
  [
    'no concurrency at all',
    { concurrency: 0 },
    ['invalid_value concurrency: expected a whole number from 1 to 1000, found the number 0'],
  ],
  [
    'too much concurrency',
    { concurrency: 1_001 },
    ['invalid_value concurrency: expected a whole number from 1 to 1000, found the number 1001'],
  ],
  [
    'misspelt keys',
    { comands: [], timeout: '3s' },
    [
      'unknown_key comands: unknown key "comands" at the top of the manifest (did you mean "commands"?)',
      'unknown_key timeout: unknown key "timeout" at the top of the manifest (known here: name, version, protocol, entrypoint, description, commands, config_keys, events, concurrency)',
    ],
  ],
  [
    'many faults, all told at once',
    { name: 'X', entrypoint: undefined, commands: { poll: { x: 1 } }, events: ['B'], concurrency: 0 },
    [
      `invalid_name name: ${NAME}, found "X"`,
      'missing_key : the manifest lacks the key "entrypoint": expected a file name',
      'unknown_key commands.poll.x: unknown key "x" in commands.poll (known here: description, idempotent, input_schema)',
      `invalid_event_type events[0]: "B" is not an event type: ${TYPE}`,
      'invalid_value concurrency: expected a whole number from 1 to 1000, found the number 0',
    ],
  ],
];

for (const [name, over, expected] of broken) {
  test(`a manifest with ${name} is refused`, () => {
    assert.deepEqual(problemsOf({ ...LEAST, ...over }), expected);
  });
}

test('what is no map is no manifest', () => {
  assert.deepEqual(problemsOf(null), [`wrong_type : ${ROOT}, found nothing (null)`]);
  assert.deepEqual(problemsOf([]), [
    `wrong_type : ${ROOT}, found a list (write \`key: value\` without the dash before it)`,
  ]);
});

test('a manifest for another protocol is refused for that alone, saying which one this version speaks', () => {
  assert.deepEqual(problemsOf({ protocol: 2, new_key: true }), [
    'protocol_unsupported protocol: the plugin asks for protocol 2; this version of Ductile speaks protocol 1' +
      ' (use a version of the plugin that speaks protocol 1 (`protocol: 1`), or a newer Ductile)',
  ]);
});

test('the published JSON Schema accepts the least manifest and refuses another protocol', () => {
  const schema = JSON.parse(JSON.stringify(z.toJSONSchema(manifestSchema, { io: 'input' })));
  const compiled = compileSchema(schema);
  assert.ok(compiled.ok);
  assert.equal(compiled.check(LEAST), null);
  assert.equal(compiled.check({ ...LEAST, protocol: 2 }), '/payload/protocol must be 1');
});

function problemsOf(value: unknown): readonly string[] {
  const decoded = decodeManifest(value, 'withings');
  assert.ok(!decoded.ok);
  return decoded.problems.map(({ code, path, message, hint }) => {
    const place = path
      .map((part) => (typeof part === 'number' ? `[${part}]` : part.includes(' ') ? `."${part}"` : `.${part}`))
      .join('')
      .slice(1);
    const text = message.startsWith(`${place}: `) ? message.slice(place.length + 2) : message;
    return `${code} ${place}: ${text}${hint === null ? '' : ` (${hint})`}`;
  });
}
