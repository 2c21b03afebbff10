/** A last line that says how to see the rest of a list; empty when there is none. */
export function more(cursor: string | null): string {
  return cursor === null ? '' : `more with --cursor ${cursor}\n`;
}
