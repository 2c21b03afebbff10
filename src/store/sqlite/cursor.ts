import { OperatorError } from '../../domain/errors.ts';
import type { Listed, Page } from '../port/lists.ts';

const MAX_PAGE = 1_000;
/** Beyond every row: a first page has nothing before it. */
const FIRST = Number.MAX_SAFE_INTEGER;

/** Rows to ask for: one more than the page holds tells whether there is another page. */
export function rowsFor(page: Page): number {
  return limitOf(page) + 1;
}

/** The row below which the page starts; throws `usage` for a cursor that no page gave out. */
export function rowBefore(page: Page): number {
  if (page.cursor === null) return FIRST;
  const seq = Number(Buffer.from(page.cursor, 'base64url').toString());
  if (Number.isSafeInteger(seq) && seq > 0 && cursorAt(seq) === page.cursor) return seq;
  throw new OperatorError('usage', `"${page.cursor}" is not a cursor of this list`, {
    hint: 'Pass the `next_cursor` of the page before, unchanged.',
  });
}

/** A page from rows in descending order, of which there may be one too many. */
export function listed<Row extends { readonly seq: number }, T>(
  rows: readonly Row[],
  page: Page,
  item: (row: Row) => T,
): Listed<T> {
  const shown = rows.slice(0, limitOf(page));
  const last = shown.at(-1);
  const more = rows.length > shown.length && last !== undefined;
  return { items: shown.map(item), nextCursor: more ? cursorAt(last.seq) : null };
}

function limitOf({ limit }: Page): number {
  return Math.min(Math.max(Math.trunc(limit), 1), MAX_PAGE);
}

function cursorAt(seq: number): string {
  return Buffer.from(String(seq)).toString('base64url');
}
