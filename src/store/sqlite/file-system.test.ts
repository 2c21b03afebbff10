import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { networkFileSystem, refuseNetworkFileSystem } from './file-system.ts';

test('network file systems are known by the type that statfs reports, also when it comes as a negative number', () => {
  assert.equal(networkFileSystem(0x6969), 'NFS');
  assert.equal(networkFileSystem(0xff534d42), 'CIFS');
  assert.equal(networkFileSystem(0xff534d42 | 0), 'CIFS');
  assert.equal(networkFileSystem(0x65735546), 'FUSE');
  assert.equal(networkFileSystem(0xef53), null);
});

test('a directory on a network file system is refused, a local one is not', () => {
  assert.throws(() => refuseNetworkFileSystem('/mnt/share', 0x6969), { code: 'storage_refused' });
  refuseNetworkFileSystem(tmpdir(), 0xef53);
});
