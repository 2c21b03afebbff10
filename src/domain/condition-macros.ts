import type { ASTNode } from '@marcbachmann/cel-js';
import { type Compilation, CompileError } from './condition-compilation.ts';
import { attempt, charge, Failure, type Run, type Step } from './condition-run.ts';
import { describe } from './condition-value.ts';
import { isJsonObject, type Json } from './json.ts';

/** A loop: the items, the slot of its variable and the steps of its arguments. */
interface Loop {
  readonly items: readonly Json[];
  readonly each: (item: Json, step: Step) => Json;
  readonly tryEach: (item: Json, step: Step) => Json | Failure;
}

type LoopKind = (loop: Loop, steps: readonly [Step, ...Step[]]) => Json;

/** Loops over the elements of a list or the keys of an object, by name and number of arguments. */
const MACROS: ReadonlyMap<string, LoopKind> = new Map<string, LoopKind>([
  ['all/2', (loop, [test]) => !some(loop, test, false)],
  ['exists/2', (loop, [test]) => some(loop, test, true)],
  ['exists_one/2', (loop, [test]) => loop.items.filter((item) => truth(loop.each(item, test))).length === 1],
  ['filter/2', (loop, [test]) => loop.items.filter((item) => truth(loop.each(item, test)))],
  ['map/2', (loop, [change]) => loop.items.map((item) => loop.each(item, change))],
  ['map/3', (loop, [test, change = test]) => mapSome(loop, test, change)],
]);

/** What a macro is made of. */
interface MacroCall {
  readonly name: string;
  readonly receiver: ASTNode;
  readonly args: readonly ASTNode[];
  readonly inner: Compilation;
  readonly compile: (node: ASTNode, inner: Compilation) => Step;
}

/** True when a method of that name is a loop. */
export function isMacro(name: string, args: number): boolean {
  return MACROS.has(`${name}/${args}`);
}

/** Compiles `list.all(x, …)` and its like. */
export function macro({ name, receiver, args, inner, compile }: MacroCall): Step {
  const [variable, ...bodies] = args;
  const kind = MACROS.get(`${name}/${args.length}`);
  if (kind === undefined || variable?.op !== 'id') throw new CompileError(`${name}() needs a variable`, receiver.end);
  if (inner.scope.includes(variable.args) || inner.locals.includes(variable.args)) {
    const advice = `give the variable of ${name}() another name`;
    throw new CompileError(`the name ${variable.args} is taken; ${advice}`, variable.start);
  }
  const range = compile(receiver, inner);
  const slot = inner.locals.length;
  const body = { ...inner, locals: [...inner.locals, variable.args] };
  const [first, ...rest] = bodies.map((node) => compile(node, body));
  if (first === undefined) throw new CompileError(`${name}() needs a body`, receiver.end);
  return (run) => kind(loopOver(run, range(run), slot), [first, ...rest]);
}

function loopOver(run: Run, container: Json, slot: number): Loop {
  const bind = (item: Json): void => {
    charge(run, 1);
    run.locals[slot] = item;
  };
  return {
    items: itemsOf(run, container),
    each(item, step) {
      bind(item);
      return step(run);
    },
    tryEach(item, step) {
      bind(item);
      return attempt(step, run);
    },
  };
}

function itemsOf(run: Run, container: Json): readonly Json[] {
  if (Array.isArray(container)) return container;
  if (!isJsonObject(container))
    throw new Failure((mask) => `a loop needs a list or an object, not ${describe(container, mask)}`);
  const keys = Object.keys(container);
  charge(run, keys.length);
  return keys;
}

/** True when `test` gives `wanted` for some item; a failure counts only when none does. */
function some(loop: Loop, test: Step, wanted: boolean): boolean {
  const judged: Step = (run) => truth(test(run));
  let failure: Failure | null = null;
  for (const item of loop.items) {
    const verdict = loop.tryEach(item, judged);
    if (verdict === wanted) return true;
    if (verdict instanceof Failure) failure ??= verdict;
  }
  if (failure !== null) throw failure;
  return false;
}

function mapSome(loop: Loop, test: Step, change: Step): Json {
  return loop.items.flatMap((item) => (truth(loop.each(item, test)) ? [loop.each(item, change)] : []));
}

function truth(value: Json): boolean {
  if (typeof value === 'boolean') return value;
  throw new Failure((mask) => `the test of a loop must give true or false, not ${describe(value, mask)}`);
}
