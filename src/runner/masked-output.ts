import type { Redactor } from '../domain/redact.ts';
import { nextTurn } from '../platform/next-turn.ts';

const SLICE_BYTES = 262_144;
/** More than any form of a secret takes, but for single lines of many kilobytes. */
const LONGEST_SECRET = 16_384;

/** Bytes to keep of an output so that `maskedTail` can give `most` of them. */
export function bytesForTail(most: number): number {
  return most + LONGEST_SECRET;
}

/** The last `most` bytes of an output as text, masked before they are cut off. `cut`: more was printed before them. */
export function maskedTail(
  stdout: Uint8Array,
  { most, cut, redactor }: { readonly most: number; readonly cut: boolean; readonly redactor: Redactor },
): string {
  const window = stdout.subarray(-bytesForTail(most));
  const masked = Buffer.from(redactor.text(decoded(window)));
  // What the beginning of the window has cut in two lies in the part that is left out.
  const leftOut = cut || window.length < stdout.length ? LONGEST_SECRET : 0;
  return tailText(masked.subarray(leftOut), most);
}

/** The last `most` bytes of UTF-8 as text, from the first whole character on. */
export function tailText(bytes: Uint8Array, most: number): string {
  const from = Math.max(0, bytes.length - most);
  let start = from;
  while (from > 0 && start < from + 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return decoded(bytes.subarray(start));
}

function decoded(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

/** An output as masked UTF-8, or null when it holds nothing to mask; made in slices, so that nothing else waits for it. */
export async function maskedOutput(stdout: Uint8Array, redactor: Redactor): Promise<Uint8Array | null> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const stream = redactor.stream();
  const shown: string[] = [];
  const read: string[] = [];
  for (let at = 0; at < stdout.length; at += SLICE_BYTES) {
    if (at > 0) await nextTurn();
    const slice = decoder.decode(stdout.subarray(at, at + SLICE_BYTES), { stream: true });
    read.push(slice);
    shown.push(stream.push(slice));
  }
  const rest = decoder.decode();
  const masked = shown.join('') + stream.push(rest) + stream.end();
  return masked === read.join('') + rest ? null : new TextEncoder().encode(masked);
}
