import type { Redactor } from '../domain/redact.ts';
import { nextTurn } from '../platform/next-turn.ts';
import { HeadAndTail } from './head-and-tail.ts';
import { createVisibleText } from './visible-text.ts';

const KEEP_BYTES = 65_536;
const SLICE_BYTES = 262_144;

/**
 * Output that was no well-formed response, for people: masked, head and tail to 64 KiB, with NULs, other control
 * characters and invalid UTF-8 made visible; null when there is none. Large output is masked in slices, so that nothing
 * else waits for it.
 */
export async function rawOutputOf(stdout: Uint8Array, redactor: Redactor): Promise<string | null> {
  if (stdout.length === 0) return null;
  const visible = createVisibleText(redactor.stream());
  const kept = new HeadAndTail(KEEP_BYTES);
  for (let at = 0; at < stdout.length; at += SLICE_BYTES) {
    if (at > 0) await nextTurn();
    kept.push(Buffer.from(visible.push(stdout.subarray(at, at + SLICE_BYTES))));
  }
  kept.push(Buffer.from(visible.end()));
  return kept.text();
}
