/** A stretch of a text, end exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Finds any of many needles of at least four characters in one pass. */
export interface Needles {
  /** Every place in [from, to) where a needle begins, in order; of several needles at one place the longest. Default: all of the text. */
  find(text: string, from?: number, to?: number): Span[];
  /** Where the earliest needle may begin whose end is still to come; the text's length when there is none. */
  pending(text: string): number;
}

const GRAM = 4;
const TABLE_BITS = 16;
const MAX_SKIP = 255;

/**
 * Prepares the search. The window that slides over the text is as long as the shortest needle; the last two characters
 * in it tell how far it may move without passing over a needle (Wu and Manber, A fast algorithm for multi-pattern
 * searching, 1994). Where it may not move, the needles that share its first four characters are compared.
 */
export function createNeedles(needles: readonly string[]): Needles {
  const buckets = new Map<string, string[]>();
  const begins = new Uint8Array(1 << TABLE_BITS);
  const ordered = [...new Set(needles)].sort((left, right) => right.length - left.length);
  for (const needle of ordered) {
    const gram = needle.slice(0, GRAM);
    begins[pairAt(needle, 0)] = 1;
    const bucket = buckets.get(gram);
    if (bucket === undefined) buckets.set(gram, [needle]);
    else bucket.push(needle);
  }
  const longest = ordered[0]?.length ?? 0;
  const window = Math.min(ordered.at(-1)?.length ?? 0, MAX_SKIP);
  const skips = skipsOf(ordered, window);
  const candidates = (text: string, at: number): readonly string[] => buckets.get(text.slice(at, at + GRAM)) ?? [];
  return {
    find(text, from = 0, to = text.length) {
      const spans: Span[] = [];
      if (ordered.length === 0) return spans;
      const last = Math.min(to - 1, text.length - window);
      for (let at = from; at <= last; ) {
        const skip = skips[pairAt(text, at + window - 2)] ?? 0;
        if (skip > 0) {
          at += skip;
          continue;
        }
        const needle = candidates(text, at).find((candidate) => text.startsWith(candidate, at));
        if (needle !== undefined) spans.push({ start: at, end: at + needle.length });
        at += 1;
      }
      return spans;
    },
    pending(text) {
      for (let at = Math.max(text.length - longest + 1, 0); at < text.length; at += 1) {
        if (at + GRAM <= text.length && begins[pairAt(text, at)] === 0) continue;
        const tail = text.slice(at);
        const possible = tail.length < GRAM ? ordered : candidates(text, at);
        if (possible.some((needle) => needle.length > tail.length && needle.startsWith(tail))) return at;
      }
      return text.length;
    },
  };
}

/** How far the window may move, by the hash of its last two characters. */
function skipsOf(needles: readonly string[], window: number): Uint8Array {
  const skips = new Uint8Array(1 << TABLE_BITS).fill(window - 1);
  for (const needle of needles) {
    for (let at = 0; at + 2 <= window; at += 1) {
      const pair = pairAt(needle, at);
      skips[pair] = Math.min(skips[pair] ?? 0, window - 2 - at);
    }
  }
  return skips;
}

/** Two characters as an index of the table; the same for different ones only beyond Latin-1. */
function pairAt(text: string, at: number): number {
  return (text.charCodeAt(at) ^ (text.charCodeAt(at + 1) << 8)) & ((1 << TABLE_BITS) - 1);
}
