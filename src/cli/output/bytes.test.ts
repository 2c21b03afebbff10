import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesText } from './bytes.ts';

test('bytes are said with the unit that keeps them short', () => {
  const MIB = 1_048_576;
  for (const [bytes, text] of [
    [0, '0 B'],
    [1, '1 B'],
    [1_023, '1023 B'],
    [1_024, '1.0 KiB'],
    [4.2 * MIB, '4.2 MiB'],
    [120 * 1_024 * MIB, '120 GiB'],
    [5_000 * 1_024 * MIB, '4.9 TiB'],
    [5_000 * 1_024 * 1_024 * MIB, '5000 TiB'],
  ] as const) {
    assert.equal(bytesText(bytes), text);
  }
});
