import assert from 'node:assert/strict';
import { it } from 'node:test';
import { allows, SCOPES, type Scope } from './scope.ts';

const ALLOWED: Readonly<Record<Scope, readonly Scope[]>> = {
  read: ['read'],
  submit: ['submit'],
  operate: ['read', 'submit', 'operate'],
  admin: ['read', 'submit', 'operate', 'admin'],
};

for (const held of SCOPES) {
  it(`${held} allows ${ALLOWED[held].join(', ')} and nothing else`, () => {
    assert.deepEqual(
      SCOPES.filter((required) => allows([held], required)),
      ALLOWED[held],
    );
  });
}

it('several scopes allow what one of them does, none nothing', () => {
  assert.ok(allows(['read', 'submit'], 'submit'));
  assert.ok(!allows(['read', 'submit'], 'operate'));
  assert.ok(!allows([], 'read'));
});
