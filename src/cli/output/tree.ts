import { cut, widthOf } from './table.ts';

/** A line of a tree with what hangs below it. */
export interface TreeNode {
  readonly text: string;
  /** Follows the text where there is room for all of it. */
  readonly extra?: string;
  /** Stands behind the text and is never cut; null: nothing does. */
  readonly id: string | null;
  readonly children: readonly TreeNode[];
}

/** What trees are drawn with. */
export interface Branches {
  readonly fork: string;
  readonly last: string;
  readonly through: string;
  readonly none: string;
  /** Stands for what is left out. */
  readonly more: string;
}

const LINES: Branches = { fork: '├─ ', last: '└─ ', through: '│  ', none: '   ', more: '…' };
const ASCII: Branches = { fork: '|- ', last: '`- ', through: '|  ', none: '   ', more: '...' };

/** Narrowest text of a line; where there is less room, the id goes below it. */
const LEAST_TEXT = 24;
/** Room that the branches leave for text, so that a very deep tree can still be read. */
const LEAST_ROOM = 48;

/** Lines of boxes where the locale (LC_ALL, LC_CTYPE or LANG) is one of UTF-8, else ASCII. */
export function branchesFor(env: Readonly<Record<string, string | undefined>>): Branches {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find((value) => value !== undefined && value !== '');
  return /utf-?8/i.test(locale ?? '') ? LINES : ASCII;
}

/** A tree as lines that fit into `columns` characters. */
export function treeText(
  roots: readonly TreeNode[],
  { branches, columns }: { readonly branches: Branches; readonly columns: number },
): string {
  const lines: string[] = [];

  function draw(node: TreeNode, { lead, below }: { readonly lead: string; readonly below: string }): void {
    const room = columns - widthOf(lead);
    const beside = node.id === null ? 0 : widthOf(node.id) + 2;
    const whole = node.text + (node.extra ?? '');
    const text = widthOf(whole) + beside <= room ? whole : node.text;
    if (node.id === null || widthOf(text) + beside <= room) {
      lines.push(`${lead}${cut(text, room)}${node.id === null ? '' : `  ${node.id}`}`);
    } else if (room - beside >= LEAST_TEXT) lines.push(`${lead}${cut(text, room - beside)}  ${node.id}`);
    else {
      const hang = node.children.length === 0 ? branches.none : branches.through;
      lines.push(`${lead}${cut(text, room)}`, `${below}${hang}${node.id}`);
    }
    for (const [index, child] of node.children.entries()) {
      const isLast = index === node.children.length - 1;
      const inner = narrowed(below);
      draw(child, {
        lead: inner + (isLast ? branches.last : branches.fork),
        below: inner + (isLast ? branches.none : branches.through),
      });
    }
  }

  /** The innermost branches, where there is no room for all of them. */
  function narrowed(lead: string): string {
    const most = Math.max(columns - LEAST_ROOM, 9);
    if (lead.length <= most) return lead;
    return branches.more + lead.slice(lead.length - most + branches.more.length);
  }

  for (const root of roots) draw(root, { lead: '', below: '' });
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}
