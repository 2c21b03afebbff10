import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { loadSnapshot } from '../../src/disk/build-snapshot.ts';
import { OperatorError, type Problem } from '../../src/domain/errors.ts';
import { blocksOf, ROOT, textOf } from './pages.ts';

const WEBHOOK_PAGES = [
  'docs/webhooks.md',
  ...readdirSync(join(ROOT, 'docs/webhooks')).map((name) => `docs/webhooks/${name}`),
];

const folder = mkdtempSync(join(tmpdir(), 'ductile-pages-'));
const file = join(folder, 'ductile.yaml');
symlinkSync(join(ROOT, 'plugins'), join(folder, 'plugins'));
// What the page about several files includes.
for (const included of ['conf.d/any.yaml', 'secrets/accounts.yaml']) {
  mkdirSync(dirname(join(folder, included)));
  writeFileSync(join(folder, included), '');
}
after(() => rmSync(folder, { recursive: true }));

/** What the variables hold that the pages on webhooks read secrets from; some schemes ask for a form. */
const SECRETS = Object.fromEntries(
  [...WEBHOOK_PAGES.flatMap((path) => [...textOf(path).matchAll(/\$\{env:(\w+)\}/g)])].map(([, name = '']) => [
    name,
    name.startsWith('DISCORD')
      ? 'ab'.repeat(32)
      : `whsec_${Buffer.from('a key of thirty-two bytes, no less').toString('base64')}`,
  ]),
);

/** Group-writable plugins are a matter of this checkout, the reader's programs one of the reader's machine. */
const OF_THE_MACHINE: ReadonlySet<string> = new Set(['plugin_untrusted', 'program_missing']);

/** What the loader has to say about a configuration. */
function problemsOf(yaml: string): readonly string[] {
  const shown = (problems: readonly Problem[]): readonly string[] =>
    problems.filter(({ code }) => !OF_THE_MACHINE.has(code)).map(({ code, message }) => `${code}: ${message}`);
  writeFileSync(file, yaml);
  try {
    return shown(loadSnapshot({ file, env: { HOME: folder, ...SECRETS } }).warnings);
  } catch (error) {
    if (error instanceof OperatorError && error.problems.length > 0) return shown(error.problems);
    throw error;
  }
}

describe('configurations in the pages load without a word', () => {
  // The blocks of docs/protocol.md are manifests; its own test has them.
  for (const path of [
    'README.md',
    'docs/semantics.md',
    'docs/operations.md',
    'docs/cli.md',
    'docs/quickstart.md',
    ...WEBHOOK_PAGES,
  ]) {
    for (const [at, yaml] of blocksOf(textOf(path), 'yaml').entries()) {
      it(`${path}, block ${at + 1}`, () => assert.deepEqual(problemsOf(yaml), []));
    }
  }

  it('what `ductile init` writes commented out, too', () => {
    const [, commented = ''] = textOf('examples/starter/ductile.yaml').split(/^(?=# webhooks:)/m);
    assert.match(commented, /scheme: github/);
    assert.deepEqual(problemsOf(commented.replace(/^# /gm, '')), []);
  });

  it('and a faulty one would not', () => {
    assert.deepEqual(problemsOf('plugins: { a: { uses: exec, config: { argv: [true, ] } } }\n').length > 0, true);
  });
});
