import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { HOSTILE_CONFIGS } from '../../test/fixtures/config/hostile.ts';
import { makeConfigFolder } from '../../test/fixtures/config/plugins.ts';
import { OperatorError, type Problem } from '../domain/errors.ts';
import { formatDuration } from '../domain/units.ts';
import { loadSnapshot } from './build-snapshot.ts';

const folder = makeConfigFolder();
const file = join(folder, 'ductile.yaml');
const ENV = { HOME: folder, WORD: 'many', NUMBER: '3', TOKEN: 'a-long-token' };

function load(yaml: string | Uint8Array) {
  writeFileSync(file, yaml);
  return loadSnapshot({ file, env: ENV });
}

function problemsOf(yaml: string | Uint8Array): readonly Problem[] {
  try {
    load(yaml);
  } catch (error) {
    assert.ok(error instanceof OperatorError, String(error));
    assert.equal(error.code, 'config_invalid');
    assert.equal(error.exitCode, 78);
    return error.problems;
  }
  return assert.fail('the configuration was accepted');
}

function codesOf(yaml: string | Uint8Array): readonly string[] {
  return problemsOf(yaml)
    .filter(({ severity }) => severity === 'error')
    .map(({ code }) => code);
}

function shown({ severity, code, location, message, hint }: Problem): string {
  const place = location === null ? '-' : `${location.file}:${location.line}:${location.column}`;
  return `${severity} ${code} ${place} ${message} | ${hint}`.replaceAll(folder, '~');
}

const EXEC = '{ uses: exec, config: { shell: "true" } }';

/** Processor time since then, in milliseconds: of that, a busy machine takes little more than an idle one. */
function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

describe('a hostile configuration is refused, with everything that is wrong with it at once', () => {
  for (const { title, yaml, finds } of HOSTILE_CONFIGS) {
    it(title, () => {
      const before = readdirSync(folder).toSorted();
      const usedBefore = process.cpuUsage();
      const found = problemsOf(yaml);
      const took = cpuMsSince(usedBefore);
      const own = found.filter(({ severity, location }) => severity === 'error' || location?.file === file);
      assert.deepEqual(own.map(shown), finds);
      assert.ok(took < 200, `${took} ms`);
      assert.deepEqual(
        readdirSync(folder).toSorted(),
        before.includes('ductile.yaml') ? before : [...before, 'ductile.yaml'].toSorted(),
      );
    });
  }

  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...[...'bcdefghi'].map((key, at) => `${key}: &${key} [${Array(9).fill(`*${'abcdefgh'[at]}`).join(',')}]`),
  ];
  const BULKY: readonly (readonly [string, string | Uint8Array])[] = [
    ['a file that is too large', '# x\n'.repeat(70_000)],
    ['aliases that multiply', bomb.join('\n')],
    ['brackets without end', '['.repeat(200_000)],
    ['brackets that are closed again', `a: ${'['.repeat(400)}${']'.repeat(400)}`],
    ['maps that nest without end', Array.from({ length: 600 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
    ['a line of nested lists', `${'- '.repeat(20_000)}a`],
    ['a line of nested keys', '? '.repeat(20_000)],
    ['nested values on one line', `{${'a: '.repeat(10_000)}}`],
    ['bytes that are not UTF-8', Uint8Array.of(0x61, 0x3a, 0x20, 0xff)],
    ['a NUL character', 'a: \0'],
  ];
  for (const [title, yaml] of BULKY) {
    it(title, () => {
      const usedBefore = process.cpuUsage();
      assert.ok(codesOf(yaml).every((code) => code === 'yaml_syntax'));
      const took = cpuMsSince(usedBefore);
      assert.ok(took < 500, `${took} ms`);
    });
  }
});

describe('a configuration', () => {
  it('may be empty', () => {
    const { snapshot, warnings } = load('');
    assert.equal(snapshot.instances.size, 0);
    assert.equal(snapshot.service.stateDir, join(folder, '.local/state/ductile'));
    assert.equal(
      warnings.every(({ location }) => location?.file !== file),
      true,
    );
  });

  it('fills in defaults: built in, then `defaults`, then the instance', () => {
    const { snapshot } = load(
      'service: { dedupe_window: 1h }\ndefaults: { retry: { max_attempts: 7, base: 1s }, timeouts: { poll: 5s } }\nplugins:\n  b:\n    uses: exec\n    config: { shell: x }\n    retry: { base: 200ms }\n    rate_limit: { count: 3, per: 1m }\n    limits: { stdout: 1KiB }\n',
    );
    const instance = snapshot.instances.get('b');
    assert.deepEqual(instance?.retry, { maxAttempts: 7, baseMs: 200, capMs: 1_800_000 });
    assert.deepEqual(instance?.timeouts, { poll: 5_000, handle: 120_000, health: 10_000, init: 30_000 });
    assert.deepEqual(instance?.rateLimit, { count: 3, perMs: 60_000 });
    assert.equal(instance?.limits.stdoutBytes, 1_024);
    assert.equal(instance?.limits.stderrBytes, 65_536);
    assert.equal(snapshot.service.dedupeWindowMs, 3_600_000);
  });

  it('gives a lone reference the type of its key', () => {
    const { snapshot } = load(
      `service: { concurrency: "\${NUMBER}", strict_plugins: "\${env:STRICT:-false}" }\nplugins:\n  b:\n    uses: exec\n    config: { shell: "\${NUMBER}", idempotent: "\${env:NO:-false}" }\n    schedules: [{ every: 5m, priority: "\${NUMBER}" }]\n`,
    );
    assert.equal(snapshot.service.concurrency, 3);
    assert.equal(snapshot.service.strictPlugins, false);
    const program = snapshot.instances.get('b')?.program;
    assert.equal(program?.kind === 'exec' && program.exec.shell, '3');
    assert.equal(program?.kind === 'exec' && program.exec.idempotent, false);
    assert.equal(snapshot.schedules[0]?.priority, 3);
  });

  it('starts the relative path of a program at the file that names it', () => {
    const argvOf = (program: string) => {
      const { snapshot } = load(`plugins: { b: { uses: exec, config: { argv: [${program}, ./x] } } }\n`);
      const made = snapshot.instances.get('b')?.program;
      return made?.kind === 'exec' ? made.exec.argv : null;
    };
    assert.deepEqual(argvOf('./backup.sh'), [join(folder, 'backup.sh'), './x']);
    assert.deepEqual(argvOf('bin/backup'), [join(folder, 'bin/backup'), './x']);
    assert.deepEqual(argvOf('/bin/df'), ['/bin/df', './x']);
    assert.deepEqual(argvOf('df'), ['df', './x']);
  });

  it('masks secrets, also in what is said about it', () => {
    const yaml = `plugins:\n  scale: { uses: withings, config: { client_id: "\${file:secret}", client_secret: s3cret-value, oops: "\${TOKEN}" } }\n`;
    const { snapshot } = load(yaml);
    assert.equal(snapshot.instances.get('scale')?.config['client_id'], 'hunter2-hunter2');
    for (const secret of ['hunter2-hunter2', 's3cret-value', 'a-long-token']) {
      assert.ok(!snapshot.redactor.text(`x ${secret} y`).includes(secret), secret);
    }
    const found = problemsOf(`${yaml}routes:\n  - { name: r, event_type: "a b \${TOKEN}", to: scale }\n`);
    assert.ok(!JSON.stringify(found).includes('a-long-token'));
  });

  it('warns of a secret file that everyone may read', () => {
    const { warnings } = load('service: { name: "${file:shared}" }');
    assert.deepEqual(
      warnings.filter((warning) => warning.location?.file === file).map(({ code }) => code),
      ['secret_file_unsafe'],
    );
  });

  it('knows an address of the API that somebody chose, the default, and that there is to be none', () => {
    const apiOf = (api: string) => {
      const { snapshot } = load(`${api}\n`);
      return [snapshot.listen.api, snapshot.api.listenChosen];
    };
    assert.deepEqual(apiOf('api: { listen: "[::1]:9000" }'), ['[::1]:9000', true]);
    assert.deepEqual(apiOf('api: {}'), ['127.0.0.1:8080', false]);
    assert.deepEqual(apiOf('plugins: {}'), ['127.0.0.1:8080', false]);
    assert.deepEqual(apiOf('api: { listen: none }'), [null, true]);
  });

  it('has the names of the API in the form in which requests are compared with them', () => {
    const { snapshot } = load(
      'api: { public_url: "https://Gate.Example.org/", hosts: [GATE.lan], open_reading: true }\n',
    );
    assert.deepEqual(snapshot.api, {
      listenChosen: false,
      publicUrl: 'https://gate.example.org',
      hosts: ['gate.lan'],
      openReading: true,
    });
  });

  it('warns of an instant in the past, which never runs', () => {
    const now = Date.UTC(2030, 0, 1, 11);
    const instants = ['2030-01-01T12:00:00', '2030-01-01T11:00:00Z', '2030-01-01T11:00:00.001Z'];
    const entries = instants.map((at, index) => `{ id: s${index}, at: "${at}" }`).join(', ');
    const yaml = `service: { timezone: Europe/Berlin }\nplugins: { b: { uses: exec, config: { shell: x }, schedules: [${entries}] } }\n`;
    writeFileSync(file, yaml);
    const loaded = loadSnapshot({ file, env: ENV, now });
    const own = loaded.warnings.filter(({ location }) => location?.file === file);
    const hint =
      'choose a later time or remove the schedule; only a run missed while the gateway was down is caught up';
    assert.deepEqual(own.map(shown), [
      `warning schedule_past ~/ductile.yaml:2:77 plugins.b.schedules[0].at: "2030-01-01T12:00:00" lies in the past; it will not run | ${hint}`,
      `warning schedule_past ~/ductile.yaml:2:116 plugins.b.schedules[1].at: "2030-01-01T11:00:00Z" lies in the past; it will not run | ${hint}`,
    ]);
    assert.equal(loaded.snapshot.schedules.length, 3);
    const past = load(yaml.replaceAll('2030', '2020')).warnings.filter(({ code }) => code === 'schedule_past');
    assert.equal(past.length, 3);
    const faulty = problemsOf('plugins: { b: { uses: exec, config: { shell: x }, schedules: { at: 5 } } }\n');
    assert.ok(faulty.every(({ code }) => code !== 'schedule_past'));
  });

  it('quotes a number of a manifest as it was written', () => {
    const dir = join(folder, 'numbers', 'scale');
    mkdirSync(dir, { recursive: true });
    const manifest = 'name: scale\nversion: 1.10\nprotocol: 1\nentrypoint: run.sh\ncommands: [poll]\n';
    writeFileSync(join(dir, 'manifest.yaml'), manifest);
    assert.deepEqual(problemsOf('plugins_dir: numbers\nplugins: { scale: }\n').map(shown), [
      'error wrong_type ~/numbers/scale/manifest.yaml:2:10 version: expected text, found the number 1.10 | put it in quotes: "1.10"',
    ]);
  });

  it('warns of a time limit that no command would have', () => {
    const { warnings } = load(
      'plugins:\n  b:\n    uses: exec\n    config: { shell: x }\n    timeouts: { poll: 1s, handel: 2s }\n',
    );
    const told = warnings.filter(({ code }) => code === 'unknown_command');
    assert.deepEqual(
      told.map(({ location, message, hint }) => [location?.line, location?.column, message, hint]),
      [[5, 27, 'this time limit never applies: the plugin declares no command "handel"', 'did you mean "handle"?']],
    );
    // Those of `defaults` are for instances that have such a command.
    const all = load('defaults: { timeouts: { sync: 1s } }\nplugins: { b: { uses: exec, config: { shell: x } } }');
    assert.deepEqual(
      all.warnings.filter(({ code }) => code === 'unknown_command'),
      [],
    );
  });

  it('reports a broken manifest of a plugin that nobody uses as a warning', () => {
    const { warnings } = load('plugins: {}');
    const codes = warnings.map(({ code, severity }) => `${severity} ${code}`);
    assert.deepEqual(codes, ['warning protocol_unsupported', 'warning yaml_duplicate_key']);
  });

  it('has a version that depends on what it says, not on how it is written', () => {
    const a = load(`service: { name: a, timezone: UTC }\nplugins: { b: ${EXEC} }\n`).snapshot.version;
    const same = load(`# again\nplugins: { b: ${EXEC} }\nservice:\n  timezone: UTC\n  name: a\n`).snapshot.version;
    const other = load(`service: { name: b, timezone: UTC }\nplugins: { b: ${EXEC} }\n`).snapshot.version;
    assert.match(a, /^[0-9a-f]{16}$/);
    assert.equal(a, same);
    assert.notEqual(a, other);
  });

  it('refuses plugins that their group may change only when it is strict', () => {
    const run = join(folder, 'plugins', 'notify', 'run.py');
    chmodSync(run, 0o775);
    try {
      assert.ok(load('plugins: { notify: }').snapshot.instances.has('notify'));
      assert.deepEqual(codesOf('service: { strict_plugins: true }\nplugins: { notify: }'), ['plugin_untrusted']);
    } finally {
      chmodSync(run, 0o755);
    }
  });

  it('checks what webhooks and messages lead to', () => {
    const yaml = `service: { on_failure: { to: notfy } }
plugins: { notify: {}, flat: {} }
webhooks:
  endpoints:
    - { name: a, path: /a, verify: { scheme: github, secrets: [a-webhook-secret] }, to: { instance: notify, command: poll } }
    - { name: b, path: /b, verify: { scheme: github, secrets: [a-webhook-secret] }, to: flat }
    - { name: c, path: /c, verify: { scheme: github, secrets: [a-webhook-secret] }, emit: "x.\${{ body.y }}", to: zzzzzz }
routes: [{ name: r, event_type: x, from: "webhook:d", to: { instance: flat, command: anything } }]
`;
    const found = problemsOf(yaml).filter(({ severity }) => severity === 'error');
    assert.deepEqual(
      found.map(({ code, location, hint }) => `${code} ${location?.line} ${hint}`),
      [
        'unknown_reference 1 did you mean "notify"?',
        'plugin_untrusted 2 null',
        'unknown_command 5 it declares handle',
        'unknown_command 6 it declares poll',
        'unknown_reference 7 null',
        'unknown_reference 8 there are: a, b, c',
        'unknown_command 8 there are: poll',
      ],
    );
  });

  it('takes plugins from several directories, the first of a name winning', () => {
    const more = join(folder, 'more');
    for (const name of ['notify', 'exec', 'extra']) {
      mkdirSync(join(more, name), { recursive: true });
      writeFileSync(
        join(more, name, 'manifest.yaml'),
        `name: ${name}\nprotocol: 1\nentrypoint: run.sh\ncommands: [poll]\nconfig_keys: { optional: [inbox, boxes], paths: [inbox, boxes] }\n`,
      );
      writeFileSync(join(more, name, 'run.sh'), '#!/bin/sh\n', { mode: 0o755 });
    }
    mkdirSync(join(more, 'odd', 'manifest.yaml'), { recursive: true });
    const { snapshot, warnings } = load(
      'plugins_dir: [plugins, more]\nplugins:\n  extra: { config: { inbox: in, boxes: [a, /b] } }\n',
    );
    assert.deepEqual(snapshot.instances.get('extra')?.config, {
      inbox: join(folder, 'in'),
      boxes: [join(folder, 'a'), '/b'],
    });
    assert.deepEqual(
      warnings.filter(({ location }) => location?.file.startsWith(more)).map(({ code }) => code),
      ['plugin_shadowed', 'plugin_shadowed', 'file_unreadable'],
    );
    assert.deepEqual(codesOf('plugins_dir: [plugins, less]'), ['file_unreadable']);
    assert.deepEqual(codesOf('plugins_dir: 5'), ['wrong_type']);
  });

  it('that cannot be read is not found', () => {
    for (const path of [join(folder, 'nope.yaml'), folder, '/dev/null']) {
      assert.throws(
        () => loadSnapshot({ file: path, env: ENV }),
        (error) => error instanceof OperatorError && error.code === 'config_not_found',
      );
    }
  });

  it('may not hold a secret that is not text, or too large', () => {
    writeFileSync(join(folder, 'bytes'), Uint8Array.of(0xff, 0xfe), { mode: 0o600 });
    writeFileSync(join(folder, 'large'), 'x'.repeat(1_048_577), { mode: 0o600 });
    assert.deepEqual(codesOf('service: { name: "${file:bytes}${file:large}" }'), [
      'file_unreadable',
      'file_unreadable',
    ]);
  });

  it('keeps every text and number of a secret key secret', () => {
    const { snapshot } = load(
      'plugins: { scale: { uses: withings, config: { client_id: x, client_secret: { a: [nested-secret, 12345678], b: null } } } }',
    );
    assert.ok(!snapshot.redactor.text('nested-secret 12345678').match(/nested-secret|12345678/));
  });

  it('comes back as it was written, whatever is valid in it', () => {
    const anyText = fc
      .string({ unit: 'binary', maxLength: 40 })
      .filter((one) => !one.includes('$') && !one.includes('\0'));
    const anyName = fc.stringMatching(/^[a-z][a-z0-9_-]{0,20}$/);
    const instance = fc.record({
      argv: fc.array(anyText, { maxLength: 4 }).map((rest) => ['program', ...rest]),
      enabled: fc.boolean(),
      concurrency: fc.integer({ min: 1, max: 1_024 }),
      baseMs: fc.integer({ min: 1, max: 10_000_000 }),
    });
    fc.assert(
      fc.property(fc.dictionary(anyName, instance, { maxKeys: 5, noNullPrototype: true }), (instances) => {
        const plugins = Object.fromEntries(
          Object.entries(instances).map(([name, { argv, enabled, concurrency, baseMs }]) => [
            name,
            { uses: 'exec', config: { argv }, enabled, concurrency, retry: { base: formatDuration(baseMs) } },
          ]),
        );
        const { snapshot } = load(stringify({ plugins }));
        assert.deepEqual([...snapshot.instances.keys()], Object.keys(instances));
        for (const [name, wanted] of Object.entries(instances)) {
          const found = snapshot.instances.get(name);
          assert.deepEqual(found?.program.kind === 'exec' && found.program.exec.argv, wanted.argv);
          assert.equal(found?.enabled, wanted.enabled);
          assert.equal(found?.concurrency, wanted.concurrency);
          assert.equal(found?.retry.baseMs, wanted.baseMs);
        }
      }),
      {
        numRuns: 50,
        examples: [
          [
            {
              a: {
                argv: ['program', '', '\u{1F600}', 'true', '1', '- x: #'],
                enabled: true,
                concurrency: 1,
                baseMs: 1,
              },
            },
          ],
        ],
      },
    );
  });

  it('of 100 instances is read in less than 300 ms of processor time', () => {
    const instances = Array.from(
      { length: 100 },
      (_, at) =>
        `  i${at}:\n    uses: exec\n    config: { argv: [echo, "${at}"] }\n    schedules: [{ every: 5m }, { id: b, cron: "0 7 * * *" }]\n`,
    );
    const routes = Array.from(
      { length: 100 },
      (_, at) => `  - { name: r${at}, event_type: a.b, when: payload.x > ${at}, to: i${at} }\n`,
    );
    const yaml = `plugins:\n${instances.join('')}routes:\n${routes.join('')}`;
    load(yaml);
    const usedBefore = process.cpuUsage();
    const { snapshot } = load(yaml);
    const took = cpuMsSince(usedBefore);
    assert.equal(snapshot.schedules.length, 200);
    assert.equal(snapshot.routes.length, 100);
    assert.ok(took < 300, `${took} ms`);
  });
});
