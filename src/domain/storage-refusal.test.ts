import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OperatorError } from './errors.ts';
import { isDiskRefusal, isStorageRefusal } from './storage-refusal.ts';

const systemError = (code: unknown): Error => Object.assign(new Error('no'), { code });

test('a disk that refuses is told from a mistake', () => {
  for (const code of ['ENOSPC', 'EROFS', 'EIO', 'EMFILE']) assert.equal(isDiskRefusal(systemError(code)), true, code);
  for (const error of [systemError('ENOENT'), systemError(28), new Error('ENOSPC'), 'ENOSPC']) {
    assert.equal(isDiskRefusal(error), false);
  }
});

test('a storage that refuses is told from every other error', () => {
  assert.equal(isStorageRefusal(new OperatorError('storage_unavailable', 'full')), true);
  assert.equal(isStorageRefusal(new OperatorError('storage_damaged', 'torn')), true);
  assert.equal(isStorageRefusal(new OperatorError('storage_refused', 'NFS')), false);
  assert.equal(isStorageRefusal(new Error('full')), false);
});
