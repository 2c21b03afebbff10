/** Masks the secrets in a text. */
export type Mask = (text: string) => string;

/** The mask where nothing is secret. */
export const unmasked: Mask = (text) => text;

/** Longer than any form of a secret that is looked for, but for single lines of many kilobytes. */
const LONGEST_SECRET = 8_192;

/**
 * The first `most` characters of a text, or fewer, masked before they are cut off: of a secret that is cut in two the
 * mask knows neither half. Of a long text no more is masked than that takes.
 */
export function maskedStart(text: string, { most, mask }: { readonly most: number; readonly mask: Mask }): string {
  const window = most + 2 * LONGEST_SECRET;
  if (text.length <= window) return mask(text).slice(0, most).toWellFormed();
  const masked = mask(text.slice(0, window));
  // What the end of the window has cut in two lies in the part that is left out.
  return masked.slice(0, Math.max(0, Math.min(most, masked.length - LONGEST_SECRET))).toWellFormed();
}
