import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The root of the project. */
export const ROOT = resolve(import.meta.dirname, '../..');

/** The text of a file, by its path from the root of the project. */
export function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** What stands in a page under a heading of any level, down to the next heading. */
export function sectionOf(page: string, heading: string): string {
  const sections = page.split(/^#{1,6} /m);
  const found = sections.filter((section) => section.startsWith(`${heading}\n`));
  if (found.length !== 1) throw new Error(`the page has ${found.length} headings "${heading}"`);
  return found[0]?.slice(heading.length) ?? '';
}

/** The rows of a section's tables as cells, heads and rulers left out. */
export function rowsOf(section: string): readonly (readonly string[])[] {
  const lines = section.split('\n');
  return lines
    .filter((line, at) => line.startsWith('| ') && !(lines[at + 1] ?? '').startsWith('|---'))
    .map((line) =>
      line
        .slice(2, -2)
        .split(' | ')
        .map((cell) => cell.trim()),
    );
}

/** What stands between backticks, in order. */
export function codesIn(text: string): readonly string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? '');
}

/** The fenced blocks of a language. */
export function blocksOf(page: string, language: string): readonly string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map((match) => match[1] ?? '');
}

/** A page without its fenced blocks and code spans: what is left may hold links. */
export function proseOf(page: string): string {
  return page.replace(/^```.*?^```$/gms, '').replace(/`[^`\n]*`/g, 'code');
}
