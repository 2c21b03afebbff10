import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { bench } from '../../test/runner/harness.ts';
import { instanceOf } from '../../test/values.ts';
import { OperatorError } from '../domain/errors.ts';
import { DEFAULT_LIMITS, type Instance } from '../domain/instance.ts';
import { accountOf } from './account.ts';
import { contain, NO_PLACES } from './containment.ts';
import { checkContainment, requireContainment, tierAvailable } from './containment-check.ts';
import { containmentTools } from './containment-tools.ts';

const asRoot = process.geteuid?.() === 0;
const exec = { argv: null, shell: 'id -u; touch mine', stdin: 'none', env: {}, emit: null, idempotent: true } as const;
const program = { kind: 'exec', exec } as const;
const path = process.env['PATH'];

function found(...instances: readonly Instance[]) {
  return checkContainment({ instances, path, directoryOf: null }).unavailable;
}

describe('what instances ask of containment', () => {
  it('is nothing by default', () => {
    assert.deepEqual(found(instanceOf({ program })), []);
    assert.deepEqual(requireContainment({ instances: [], path, directoryOf: null }), []);
  });

  it('is refused with the instances, the tier and what is missing', () => {
    const containment = { tier: 'bwrap', network: true, noNewPrivs: null } as const;
    const plan = { containment, resources: DEFAULT_LIMITS, account: null, places: NO_PLACES };
    assert.deepEqual(contain(['/bin/true'], plan, { ...containmentTools(path), bwrap: null }), {
      ok: false,
      missing: 'bwrap',
    });
  });

  it('is refused when it does not work', { skip: containmentTools(path).prlimit === null }, () => {
    const limits = { ...DEFAULT_LIMITS, memoryBytes: 4_096 };
    const instances = [instanceOf({ name: 'a', program, limits }), instanceOf({ name: 'b', program, limits })];
    const [only, ...more] = found(...instances);
    assert.deepEqual([only?.instances, more], [['a', 'b'], []]);
    assert.match(only?.message ?? '', /^containment: group does not work here: /);
    assert.throws(
      () => requireContainment({ instances, path, directoryOf: null }),
      (error) =>
        error instanceof OperatorError && error.code === 'containment_unavailable' && /^a, b: /.test(error.message),
    );
  });

  it('is refused for a user that is not there, or without the rights of root', () => {
    const [refusal] = found(instanceOf({ program, runAs: 'nobody-of-that-name' }));
    assert.match(
      refusal?.message ?? '',
      asRoot ? /there is no user "nobody-of-that-name"/ : /needs a gateway that is started as root/,
    );
  });
});

describe('run_as', { skip: asRoot && tierAvailable('group') === null ? false : 'needs root and setpriv' }, () => {
  for (const tier of ['group', 'pidns', 'bwrap'] as const) {
    it(`runs as that user in a directory of its own: ${tier}`, { skip: tierAvailable(tier) ?? false }, async (t) => {
      const { plugin, dir } = bench(t);
      chmodSync(join(dir, '..'), 0o711);
      const instance = { runAs: '12345', containment: { tier, network: true, noNewPrivs: null } } as const;
      const { outcome, evidence } = await plugin(program, { instance });
      assert.equal(outcome.kind, 'answered', JSON.stringify([outcome, evidence.stderr]));
      assert.equal(outcome.kind === 'answered' && outcome.response.result, '12345\n');
      assert.deepEqual([statSync(dir).uid, statSync(join(dir, 'mine')).uid], [12345, 12345]);
    });
  }

  it('takes the groups of a user that has a name', () => {
    assert.deepEqual(accountOf('root'), { uid: 0, gid: 0, named: true });
    assert.deepEqual(accountOf('12345'), { uid: 12345, gid: 12345, named: false });
    assert.equal(accountOf('nobody-of-that-name'), null);
  });

  it('is refused where the user cannot get to', () => {
    const top = mkdtempSync(join(tmpdir(), 'ductile-run-as-'));
    mkdirSync(join(top, 'instances'));
    const directoryOf = (name: string): string => join(top, 'instances', name);
    const instances = [instanceOf({ program, runAs: '12345' })];
    const { unavailable } = checkContainment({ instances, path, directoryOf });
    assert.match(unavailable[0]?.message ?? '', /^run_as: 12345 may not use \//);
    chmodSync(top, 0o711);
    assert.deepEqual(checkContainment({ instances, path, directoryOf }).unavailable, []);
    rmSync(top, { recursive: true });
  });
});
