/** The delay of a slot in whole milliseconds: uniform in [0, spanMs), always the same for the same seed. */
export function jitterOf(seed: string, spanMs: number): number {
  return Math.floor((mix(fnv1a(seed)) / 0x1_0000_0000) * spanMs);
}

/** FNV-1a over UTF-16 code units, 32 bits. Source: http://www.isthe.com/chongo/tech/comp/fnv/. */
function fnv1a(text: string): number {
  let hash = 0x811c_9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x0100_0193);
  return hash;
}

/** Spreads a hash over all 32 bits, since FNV hardly moves the upper ones for the last character. Source: MurmurHash3, fmix32. */
function mix(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85eb_ca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
