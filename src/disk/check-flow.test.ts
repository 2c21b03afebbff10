import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { makeConfigFolder } from '../../test/fixtures/config/plugins.ts';
import { loadSnapshot } from './build-snapshot.ts';

const folder = makeConfigFolder();
const file = join(folder, 'ductile.yaml');

/** What is said about the flow of events in a configuration that is otherwise in order. */
function saidOf(yaml: string): readonly string[] {
  writeFileSync(file, yaml);
  return loadSnapshot({ file, env: { HOME: folder } })
    .warnings.filter(({ code }) => code.startsWith('route_'))
    .map(({ code, location, message, hint }) => `${code} ${location?.line}:${location?.column} ${message} | ${hint}`);
}

const EXEC = 'uses: exec, config: { shell: "true"';

it('a route from a command that emits something else is told of, with what it emits', () => {
  assert.deepEqual(
    saidOf(`plugins:
  a: { ${EXEC}, emit: disk.checked } }
  b: { ${EXEC} } }
routes:
  - { name: r, from: a, event_type: disk.cheked, to: b }
  - { name: s, from: b, event_type: any.thing, to: a }
`),
    [
      'route_unreachable 5:37 routes[0].event_type: "a" emits nothing that matches "disk.cheked" | did you mean "disk.checked"?',
      'route_unreachable 6:37 routes[1].event_type: "b" emits nothing that matches "any.thing" | it emits no events at all',
    ],
  );
});

it('a route from a webhook that makes jobs only is told of', () => {
  assert.deepEqual(
    saidOf(`plugins:
  b: { ${EXEC} } }
webhooks:
  endpoints:
    - { name: w, path: /w, verify: { scheme: none, i_understand_this_is_public: true }, to: b }
    - { name: v, path: /v, verify: { scheme: none, i_understand_this_is_public: true }, emit: "\${{ body.type }}" }
routes:
  - { name: r, from: webhook:w, event_type: a.b, to: b }
  - { name: s, from: webhook:v, event_type: a.b, to: b }
`),
    [
      'route_unreachable 8:45 routes[0].event_type: the webhook "w" emits nothing that matches "a.b" | it emits no events at all',
    ],
  );
});

const CIRCLE = (more: string, enabled = 'true'): string => `plugins:
  a: { ${EXEC}, emit: a.done } }
  b: { enabled: ${enabled}, ${EXEC}, emit: b.done } }
routes:
  - { name: there, event_type: a.done, to: b }
  - { name: back, event_type: b.done, to: a${more} }
`;

it('a circle of routes without a brake is told of by its names', () => {
  assert.deepEqual(saidOf(CIRCLE('')), [
    'route_circle 5:13 events may go round for ever: a → b → a, by there, back | give one of them a `when`, a `dedupe_key` or a `delay`; as it is, each chain ends only at service.max_depth',
  ]);
});

it('a brake or a disabled instance ends a circle', () => {
  for (const brake of [', when: payload.n < 3', ', dedupe_key: "x"', ', delay: 1m'])
    assert.deepEqual(saidOf(CIRCLE(brake)), [], brake);
  assert.deepEqual(saidOf(CIRCLE('', 'false')), []);
});

it('a thousand routes among a hundred instances are looked through in no time', () => {
  const names = Array.from({ length: 100 }, (_, at) => `i${at}`);
  const plugins = names.map((name) => `  ${name}: { ${EXEC}, emit: every.done } }`);
  const routes = Array.from(
    { length: 1_000 },
    (_, at) => `  - { name: r${at}, event_type: every.*, to: i${at % 100} }`,
  );
  const before = process.cpuUsage();
  assert.equal(saidOf(['plugins:', ...plugins, 'routes:', ...routes].join('\n')).length, 100);
  const { user, system } = process.cpuUsage(before);
  assert.ok(user + system < 1_000_000, `${user + system} µs`);
});
