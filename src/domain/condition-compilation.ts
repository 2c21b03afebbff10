import type { ASTNode } from '@marcbachmann/cel-js';
import { formatPath, type Path, pathOf } from './condition-path.ts';
import { Failure, type Step } from './condition-run.ts';
import { nearest } from './did-you-mean.ts';
import type { Json } from './json.ts';

/** What is known while an expression is compiled. */
export interface Compilation {
  readonly scope: readonly string[];
  /** Loop variables in force, outermost first. */
  readonly locals: readonly string[];
  readonly level: number;
  /** Paths that the expression reads, by how they are written. */
  readonly reads: Map<string, Path>;
}

/** A reason not to compile, at a place of the text. */
export class CompileError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** A step that always gives `value`. */
export function constant(value: Json): Step {
  return () => value;
}

/** The JSON form of a literal. */
export function literal(value: unknown, offset: number): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (value instanceof Uint8Array) throw new CompileError('bytes have no JSON form; write a string', offset);
  const number = Number(value);
  if (typeof value === 'number' || Number.isSafeInteger(number)) return number;
  throw new CompileError('whole numbers reach from -(2^53 - 1) to 2^53 - 1', offset);
}

/** A name: the innermost loop variable, else one of the values in scope. */
export function variable(name: string, offset: number, { scope, locals }: Compilation): Step {
  const slot = locals.lastIndexOf(name);
  if (slot >= 0) return (run) => run.locals[slot] ?? null;
  if (!scope.includes(name)) throw unknownName(name, offset, [...locals, ...scope]);
  return (run) => {
    const value = Object.hasOwn(run.values, name) ? run.values[name] : undefined;
    if (value === undefined) throw new Failure(() => `there is no ${name} here`);
    return value;
  };
}

function unknownName(name: string, offset: number, names: readonly string[]): CompileError {
  const near = nearest(name, names);
  const known = names.length === 0 ? 'there are none here' : `there are ${names.join(', ')}`;
  return new CompileError(`unknown name ${name}; ${near === null ? known : `did you mean ${near}?`}`, offset);
}

/** Remembers a path for `inputsOf`; what loop variables hold is not an input. */
export function note(node: ASTNode, { locals, reads }: Compilation): Path | null {
  const path = pathOf(node);
  if (path === null || locals.includes(String(path[0]))) return null;
  reads.set(formatPath(path), path);
  return path;
}
