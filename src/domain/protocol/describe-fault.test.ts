import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodedOf } from '../../../test/values.ts';
import { execManifest } from '../exec-manifest.ts';
import { DEFAULT_LIMITS } from '../instance.ts';

const manifest = execManifest({ argv: ['true'], shell: null, stdin: 'none', env: {}, emit: null, idempotent: true });
const EXAMPLE = 'print one JSON object, such as {"protocol": 1, "status": "ok"}';
const OPEN = 'the output ends before the response is complete; still open:';

/** Output as text or bytes, and the message; the code is `invalid_output`. */
const malformed: readonly (readonly [string | readonly number[], string])[] = [
  // Before the response
  [
    '\ufeff{"protocol":1,"status":"ok"}',
    'line 1, column 1: a byte order mark before the response; print UTF-8 without one',
  ],
  [[0xff, 0xfe, 0x7b, 0x00], 'line 1, column 1: a byte order mark of UTF-16; print UTF-8'],
  [[0xfe, 0xff, 0x00, 0x7b], 'line 1, column 1: a byte order mark of UTF-16; print UTF-8'],
  ['\0{"protocol":1}', 'line 1, column 1: a NUL byte before the response; print one JSON object in UTF-8'],
  [[0x80, 0x7b, 0x7d], 'line 1, column 1: the byte 0x80 is not UTF-8; print one JSON object in UTF-8'],
  ['hello {"protocol":1,"status":"ok"}', 'line 1, column 1: "hello" before the response; print logs to stderr'],
  ['\n  hello\n{"protocol":1}', 'line 2, column 3: "hello" before the response; print logs to stderr'],
  [
    '[INFO] starting\r\n{"protocol":1}',
    'line 1, column 1: "[INFO] starting" before the response; print logs to stderr',
  ],
  ['123 {"protocol":1}', 'line 1, column 1: "123" before the response; print logs to stderr'],
  ['"done" {"protocol":1}', 'line 1, column 1: "\\"done\\"" before the response; print logs to stderr'],
  ['// ok\n{}', 'line 1, column 1: "// ok" before the response; print logs to stderr'],
  [`${'ä'.repeat(200)}\n{}`, `line 1, column 1: "${'ä'.repeat(80)}…" before the response; print logs to stderr`],
  [
    'hello',
    'line 1, column 1: "hello" is not a JSON object; print one, such as {"protocol": 1, "status": "ok"}, and logs to stderr',
  ],
  [
    '}',
    'line 1, column 1: "}" is not a JSON object; print one, such as {"protocol": 1, "status": "ok"}, and logs to stderr',
  ],
  // JSON, but no object
  ['[]', `line 1, column 1: the output is an array; ${EXAMPLE}`],
  [' [{"protocol":1,"status":"ok"}]\n', `line 1, column 2: the output is an array; ${EXAMPLE}`],
  ['"ok"', `line 1, column 1: the output is a string; ${EXAMPLE}`],
  ['42', `line 1, column 1: the output is a number; ${EXAMPLE}`],
  ['\ntrue\n', `line 2, column 1: the output is a boolean; ${EXAMPLE}`],
  ['null', `line 1, column 1: the output is null; ${EXAMPLE}`],
  // After the response
  [
    '{"protocol":1,"status":"ok"}{"protocol":1}',
    'line 1, column 29: a second object after the response; print exactly one',
  ],
  [
    '{"protocol":1,"status":"ok"}\n{"a":1}\n',
    'line 2, column 1: a second object after the response; print exactly one',
  ],
  ['{"protocol":1}\n\ndone in 3 s \nbye', 'line 3, column 1: "done in 3 s" after the response; print logs to stderr'],
  ['{"protocol":1} }', 'line 1, column 16: "}" after the response; print logs to stderr'],
  ['{"protocol":1},', 'line 1, column 15: "," after the response; print logs to stderr'],
  ['{"protocol":1}\0', 'line 1, column 15: a NUL byte after the response; print nothing after it'],
  [[0x7b, 0x7d, 0xfe], 'line 1, column 3: the byte 0xfe is not UTF-8, after the response; print nothing after it'],
  // Half an object
  ['{', `line 1, column 2: ${OPEN} the response`],
  ['{"', `line 1, column 3: ${OPEN} a key of the response, the response`],
  ['{"protocol"', `line 1, column 12: ${OPEN} the response`],
  ['{"protocol":', `line 1, column 13: ${OPEN} the response`],
  ['{"protocol":1', `line 1, column 14: ${OPEN} the response`],
  ['{"protocol":1,\n', `line 2, column 1: ${OPEN} the response`],
  ['{"protocol":1,"status":"o', `line 1, column 26: ${OPEN} the string /status, the response`],
  ['{"a":{"b', `line 1, column 9: ${OPEN} a key of /a, the object /a, the response`],
  ['{"a":[1,{"b":"x', `line 1, column 16: ${OPEN} the string /a/1/b, the object /a/1, the array /a, the response`],
  [
    '{"a":[[[[[[1,',
    `line 1, column 14: ${OPEN} the array /a/0/0/0/0/0, the array /a/0/0/0/0, the array /a/0/0/0, the array /a/0/0, 3 more`,
  ],
  ['{"a":tr', `line 1, column 8: ${OPEN} the response`],
  ['{"a":-', `line 1, column 7: ${OPEN} the response`],
  ['{"a":1.', `line 1, column 8: ${OPEN} the response`],
  ['{"a":"\\', `line 1, column 8: ${OPEN} the string /a, the response`],
  ['{"a":"\\u00', `line 1, column 11: ${OPEN} the string /a, the response`],
  [[0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xe2, 0x9c], `line 1, column 8: ${OPEN} the string /a, the response`],
  // Between tokens
  ["{'protocol': 1}", 'line 1, column 2: expected a key in double quotes or "}", found "\'"; JSON takes double quotes'],
  ['{protocol:1}', 'line 1, column 2: expected a key in double quotes or "}", found "protocol"'],
  ['{"protocol":1,}', 'line 1, column 15: expected a key in double quotes, found "}"'],
  ['{"protocol":1, /* c */ "status":"ok"}', 'line 1, column 16: expected a key in double quotes, found "/"'],
  ['{"protocol":1,\0"a":1}', 'line 1, column 15: expected a key in double quotes, found a NUL byte'],
  [
    '{"protocol":1,\u001b"a":1}',
    'line 1, column 15: expected a key in double quotes, found the control character 0x1b',
  ],
  ['{"protocol"1}', 'line 1, column 12: expected ":" after the key, found "1"'],
  ['{"protocol":1 "status":"ok"}', 'line 1, column 15: expected "," or "}", found a string'],
  ['{"protocol":1]', 'line 1, column 14: expected "," or "}", found "]"'],
  ['{"protocol":01}', 'line 1, column 14: expected "," or "}", found "1"'],
  ['{"a":nullx}', 'line 1, column 10: expected "," or "}", found "x"'],
  ['{"a":[1,]}', 'line 1, column 9: expected a value, found "]"'],
  ['{"a":[,1]}', 'line 1, column 7: expected a value or "]", found ","'],
  ['{"a":[1 2]}', 'line 1, column 9: expected "," or "]", found "2"'],
  ['{"a":[1}', 'line 1, column 8: expected "," or "]", found "}"'],
  ['{"é":"ü✓",\n "b":é}', 'line 2, column 6: expected a value, found "é"'],
  [
    [0x7b, 0x22, 0x61, 0x22, 0x3a, 0xc3, 0x28],
    'line 1, column 6: expected a value, found the byte 0xc3, which is not UTF-8',
  ],
  // Values of other languages
  ['{"a":None}', 'line 1, column 6: expected a value, found "None"; write null'],
  ['{"a":undefined}', 'line 1, column 6: expected a value, found "undefined"; write null'],
  ['{"a":True}', 'line 1, column 6: expected a value, found "True"; write true'],
  ['{"a":NaN}', 'line 1, column 6: expected a value, found "NaN"; JSON has no such number; write null or a string'],
  [
    '{"a":-Infinity}',
    'line 1, column 7: "-Infinity" is not a value of JSON; JSON has no such number; write null or a string',
  ],
  ['{"a":.5}', 'line 1, column 6: expected a value, found ".5"'],
  ['{"a":+1}', 'line 1, column 6: expected a value, found "+1"'],
  ['{"a":constructor}', 'line 1, column 6: expected a value, found "constructor"'],
  // Malformed words, numbers and strings
  ['{"a":nul}', 'line 1, column 6: "nul" is not a value of JSON'],
  ['{"a":1.}', 'line 1, column 8: "1." is not a value of JSON'],
  ['{"a":1e+}', 'line 1, column 9: "1e+" is not a value of JSON'],
  ['{"a":1e999}', 'line 1, column 6: the number 1e999 is too large'],
  ['{"a":"x\ny"}', 'line 1, column 8: a line break in a string; write it as \\n'],
  ['{"a":"x\ry"}', 'line 1, column 8: a carriage return in a string; write it as \\r'],
  ['{"a":"x\ty"}', 'line 1, column 8: a tab in a string; write it as \\t'],
  ['{"a":"x\0y"}', 'line 1, column 8: a NUL byte in a string; write it as \\u0000'],
  ['{"a":"x\u001by"}', 'line 1, column 8: the control character 0x1b in a string; write it as \\u001b'],
  ['{"a":"\\x41"}', 'line 1, column 7: "\\\\x" is not an escape of JSON'],
  ['{"a":"\\😀"}', 'line 1, column 7: "\\\\😀" is not an escape of JSON'],
  ['{"a":"\\u12G4"}', 'line 1, column 7: "\\\\u12G4" is not an escape of JSON'],
  ['{"a\n":1}', 'line 1, column 4: a line break in a string; write it as \\n'],
  [[0x7b, 0x22, 0xff, 0x22], 'line 1, column 3: the byte 0xff is not UTF-8; print UTF-8'],
  [[0x7b, 0x22, 0xc0, 0xaf, 0x22], 'line 1, column 3: the byte 0xc0 is not UTF-8; print UTF-8'],
  [[0x7b, 0x22, 0xe0, 0x80, 0xaf, 0x22], 'line 1, column 3: the byte 0xe0 is not UTF-8; print UTF-8'],
  [[0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22], 'line 1, column 3: the byte 0xed is not UTF-8; print UTF-8'],
  [[0x7b, 0x22, 0xf0, 0x80, 0x80, 0x80, 0x22], 'line 1, column 3: the byte 0xf0 is not UTF-8; print UTF-8'],
  [[0x7b, 0x22, 0xf4, 0x90, 0x80, 0x80, 0x22], 'line 1, column 3: the byte 0xf4 is not UTF-8; print UTF-8'],
  [[0x7b, 0x22, 0xc3, 0x22], 'line 1, column 3: the byte 0xc3 is not UTF-8; print UTF-8'],
  // Keys twice
  ['{"status":"ok","status":"error"}', 'line 1, column 16: the key "status" stands twice in the response'],
  ['{"status":"ok",\n"st\\u0061tus":"error"}', 'line 2, column 1: the key "status" stands twice in the response'],
];

for (const [output, message] of malformed) {
  test(`the output ${JSON.stringify(output).slice(0, 60)} is refused with its place`, () => {
    const bytes = typeof output === 'string' ? new TextEncoder().encode(output) : Uint8Array.from(output);
    assert.deepEqual(decodedOf(bytes, { limits: DEFAULT_LIMITS, manifest }), {
      ok: false,
      code: 'invalid_output',
      message,
    });
  });
}

for (const [output, found] of [
  ['', 'nothing'],
  [' \r\n\t', 'nothing but white space'],
] as const) {
  test(`an output that holds ${found} is told apart from a malformed one`, () => {
    const decoded = decodedOf(new TextEncoder().encode(output), { limits: DEFAULT_LIMITS, manifest });
    assert.deepEqual(decoded, { ok: false, code: 'empty_output', message: `stdout holds ${found}; ${EXAMPLE}` });
  });
}
