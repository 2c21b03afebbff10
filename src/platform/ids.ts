import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

/** Makes a fresh UUIDv7; ids made one after the other sort in that order. */
export type NewId = () => string;

const BYTES_PER_ID = 16;
/** Random bytes for so many ids are drawn at once: a call costs more than what it draws. */
const pool = new Uint8Array(256 * BYTES_PER_ID);
let used = pool.length;
let msecs = Number.NEGATIVE_INFINITY;
let seq = 0;

/** Ids from the process's clock and randomness. */
export const systemIds: NewId = () => {
  const random = randomBytes();
  const now = Date.now();
  if (now > msecs) {
    msecs = now;
    // With the top bit clear the ids of one millisecond cannot run out.
    seq = new DataView(random.buffer, random.byteOffset).getUint32(0) >>> 1;
  } else {
    seq += 1;
  }
  return v7({ random, msecs, seq });
};

function randomBytes(): Uint8Array {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += BYTES_PER_ID;
  return pool.subarray(used - BYTES_PER_ID, used);
}
