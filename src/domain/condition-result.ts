import type { ASTNode } from '@marcbachmann/cel-js';

/** What an expression gives when it can be seen without its values that this is neither true nor false; else null. */
export function neverBoolean(node: ASTNode): string | null {
  switch (node.op) {
    case 'value':
      return typeof node.args === 'boolean' ? null : 'a constant';
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '-_':
      return 'a number or a text';
    case 'list':
      return 'a list';
    case 'map':
      return 'an object';
    case '?:': {
      const [, yes, no] = node.args;
      return neverBoolean(yes) === null || neverBoolean(no) === null ? null : 'something else on both ways';
    }
    default:
      return null;
  }
}
