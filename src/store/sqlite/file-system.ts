import { statfsSync } from 'node:fs';
import { platform } from 'node:os';
import { OperatorError } from '../../domain/errors.ts';

/**
 * File systems without the locks and shared memory that the database needs, by their magic numbers (statfs(2),
 * linux/magic.h). FUSE stands for sshfs, GlusterFS, S3 mounts and the like; which of them it is the number does not tell.
 */
const NETWORK = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x01021997, '9p'],
  [0x65735546, 'FUSE'],
  [0x00c36400, 'Ceph'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x73757245, 'Coda'],
  [0x564c, 'NCP'],
  [0x0bd00bd0, 'Lustre'],
  [0x19830326, 'BeeGFS'],
  [0x47504653, 'GPFS'],
  [0x20030528, 'OrangeFS'],
  [0x7461636f, 'OCFS2'],
  [0x01161970, 'GFS2'],
  [0x786f4256, 'VirtualBox shared folder'],
]);

/** The name of a network file system by the type that statfs reports on Linux; null for any other. */
export function networkFileSystem(type: number): string | null {
  return NETWORK.get(type >>> 0) ?? null;
}

/** Throws `storage_refused` when `dir` lies on a network file system, as far as this system tells. */
export function refuseNetworkFileSystem(dir: string, type: number = fileSystemType(dir)): void {
  const name = networkFileSystem(type);
  if (name === null) return;
  throw new OperatorError('storage_refused', `${dir} lies on a network file system (${name})`);
}

function fileSystemType(dir: string): number {
  return platform() === 'linux' ? statfsSync(dir).type : 0;
}
