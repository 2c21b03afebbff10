import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { OperatorError } from '../domain/errors.ts';
import { findConfig } from './find-config.ts';
import { peekStateDir } from './peek-state-dir.ts';

function folderWith(...files: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'ductile-find-'));
  for (const file of files) {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), 'service: { state_dir: here }\nnonsense: 1\n');
  }
  return folder;
}

describe('the configuration is looked for', () => {
  const empty = folderWith();
  const full = folderWith(
    'ductile.yaml',
    'config.yaml',
    'other.yaml',
    '.config/ductile/ductile.yaml',
    'xdg/ductile/config.yaml',
    'only/config.yaml',
  );

  const FOUND = [
    {
      title: 'where --config says',
      explicit: 'other.yaml',
      env: { DUCTILE_CONFIG: 'nowhere' },
      cwd: full,
      found: 'other.yaml',
    },
    { title: 'in the directory that --config says', explicit: 'only', env: {}, cwd: full, found: 'only/config.yaml' },
    {
      title: 'where $DUCTILE_CONFIG says',
      explicit: null,
      env: { DUCTILE_CONFIG: join(full, 'other.yaml') },
      cwd: empty,
      found: 'other.yaml',
    },
    {
      title: 'in the working directory',
      explicit: null,
      env: { DUCTILE_CONFIG: '', HOME: empty },
      cwd: full,
      found: 'ductile.yaml',
    },
    {
      title: "in the user's folder",
      explicit: null,
      env: { HOME: full },
      cwd: empty,
      found: '.config/ductile/ductile.yaml',
    },
    {
      title: 'in $XDG_CONFIG_HOME',
      explicit: null,
      env: { HOME: empty, XDG_CONFIG_HOME: join(full, 'xdg') },
      cwd: empty,
      found: 'xdg/ductile/config.yaml',
    },
  ];
  for (const { title, explicit, env, cwd, found } of FOUND) {
    it(title, () => assert.equal(findConfig({ explicit, env, cwd }), join(full, found)));
  }

  it('and every place that was searched is told when it is nowhere', () => {
    assert.throws(
      () => findConfig({ explicit: null, env: { HOME: '/nobody' }, cwd: empty }),
      (error) => {
        assert.ok(error instanceof OperatorError);
        assert.equal(error.code, 'config_not_found');
        for (const place of [
          `${empty}/ductile.yaml`,
          '/nobody/.config/ductile/config.yaml',
          '/etc/ductile/ductile.yaml',
        ]) {
          assert.ok(error.message.includes(place), place);
        }
        return true;
      },
    );
  });

  it('nowhere else when a place was named', () => {
    for (const explicit of ['nope.yaml', '.']) {
      assert.throws(() => findConfig({ explicit, env: { HOME: full }, cwd: empty }), OperatorError);
    }
  });

  it('and its state directory can be told whatever else is wrong with it', () => {
    assert.equal(peekStateDir({ file: join(full, 'other.yaml'), env: {} }), join(full, 'here'));
  });
});
