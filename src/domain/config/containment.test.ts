import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { containmentSchema, contradiction, mergeContainment } from './containment.ts';

describe('containment', () => {
  it('is a word, or a map that inherits key by key', () => {
    assert.deepEqual(mergeContainment([undefined, undefined]), { tier: 'group', network: true, noNewPrivs: null });
    assert.deepEqual(mergeContainment(['pidns', undefined]), { tier: 'pidns', network: true, noNewPrivs: null });
    assert.deepEqual(mergeContainment([{ tier: 'bwrap', network: false }, { no_new_privs: true }]), {
      tier: 'bwrap',
      network: false,
      noNewPrivs: true,
    });
    assert.deepEqual(mergeContainment([{ no_new_privs: false }, 'pidns']), {
      tier: 'pidns',
      network: true,
      noNewPrivs: false,
    });
  });

  it('is nothing else', () => {
    for (const written of ['cgroup', { tier: 'x' }, { tier: 'group', extra: 1 }, 1, null]) {
      assert.equal(containmentSchema.safeParse(written).success, false, JSON.stringify(written));
    }
  });

  it('is refused where it contradicts itself', () => {
    const plain = { tier: 'group', network: true, noNewPrivs: null } as const;
    assert.equal(contradiction(plain), null);
    assert.equal(contradiction({ tier: 'bwrap', network: false, noNewPrivs: true }), null);
    assert.match(contradiction({ ...plain, network: false })?.message ?? '', /needs the tier `bwrap`/);
    assert.match(contradiction({ ...plain, tier: 'bwrap', noNewPrivs: false })?.message ?? '', /impossible/);
  });
});
