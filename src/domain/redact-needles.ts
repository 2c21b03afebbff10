/** A stretch of a text, end exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Finds any of many needles of at least four characters in one pass. */
export interface Needles {
  /** Every place where a needle stands, by its start; of several needles at one place the longest. */
  find(text: string): readonly Span[];
  /** Where the earliest needle may begin whose end is still to come; the text's length when there is none. */
  pending(text: string): number;
}

const GRAM = 4;
const TABLE_BITS = 16;

/** Prepares the search; the needles are sorted into buckets by their first four characters. */
export function createNeedles(needles: readonly string[]): Needles {
  const buckets = new Map<string, string[]>();
  const present = new Uint8Array(1 << TABLE_BITS);
  const ordered = [...new Set(needles)].sort((left, right) => right.length - left.length);
  for (const needle of ordered) {
    const gram = needle.slice(0, GRAM);
    present[hashAt(needle, 0)] = 1;
    const bucket = buckets.get(gram);
    if (bucket === undefined) buckets.set(gram, [needle]);
    else bucket.push(needle);
  }
  const longest = ordered[0]?.length ?? 0;
  const candidates = (text: string, at: number): readonly string[] => buckets.get(text.slice(at, at + GRAM)) ?? [];
  return {
    find(text) {
      const spans: Span[] = [];
      for (let at = 0; at + GRAM <= text.length; at += 1) {
        if (present[hashAt(text, at)] === 0) continue;
        const needle = candidates(text, at).find((candidate) => text.startsWith(candidate, at));
        if (needle !== undefined) spans.push({ start: at, end: at + needle.length });
      }
      return spans;
    },
    pending(text) {
      for (let at = Math.max(text.length - longest + 1, 0); at < text.length; at += 1) {
        if (at + GRAM <= text.length && present[hashAt(text, at)] === 0) continue;
        const tail = text.slice(at);
        const possible = tail.length < GRAM ? ordered : candidates(text, at);
        if (possible.some((needle) => needle.length > tail.length && needle.startsWith(tail))) return at;
      }
      return text.length;
    },
  };
}

/** Of four characters, into the table; with few needles nearly every place of a text falls through at once. */
function hashAt(text: string, at: number): number {
  const first = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 8);
  const second = text.charCodeAt(at + 2) | (text.charCodeAt(at + 3) << 8);
  return Math.imul(first ^ Math.imul(second, 0x9e3779b1), 0x85ebca6b) >>> (32 - TABLE_BITS);
}
