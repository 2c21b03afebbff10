import type { ASTNode } from '@marcbachmann/cel-js';
import { accessor, presence } from './condition-access.ts';
import { type Compilation, CompileError, constant, literal, note, variable } from './condition-compilation.ts';
import { FUNCTIONS, METHODS } from './condition-functions.ts';
import { isMacro, macro } from './condition-macros.ts';
import type { CompileFailure } from './condition-parse.ts';
import type { Path } from './condition-path.ts';
import { compileRegex, matches } from './condition-regex.ts';
import { attempt, charge, Failure, type Run, type Step } from './condition-run.ts';
import { type Arithmetic, calculate, compare, contains, describe, equal } from './condition-value.ts';
import { nearest } from './did-you-mean.ts';
import type { Json } from './json.ts';

/** Levels of the parsed tree; a chain such as `a + b + c` has one for each operator. */
const MAX_LEVELS = 250;

/** Turns a parsed expression into a function of its values. */
export function compileNode(
  node: ASTNode,
  scope: readonly string[],
): { readonly ok: true; readonly step: Step; readonly reads: readonly Path[] } | CompileFailure {
  const reads = new Map<string, Path>();
  try {
    const step = compile(node, { scope, locals: [], level: 0, reads });
    return { ok: true, step, reads: [...reads.values()] };
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return { ok: false, message: error.message, offset: error.offset };
  }
}

/** Compiles a node and what is below it; each evaluation of it takes one step of the meter. */
export function compile(node: ASTNode, outer: Compilation): Step {
  if (outer.level > MAX_LEVELS) throw new CompileError('the expression is nested too deeply', node.start);
  const inner = { ...outer, level: outer.level + 1 };
  const step = compileOperator(node, inner);
  return (run) => {
    charge(run, 1);
    return step(run);
  };
}

function compileOperator(node: ASTNode, inner: Compilation): Step {
  switch (node.op) {
    case 'value':
      return constant(literal(node.args, node.start));
    case 'id':
      note(node, inner);
      return variable(node.args, node.start, inner);
    case '.':
    case '[]':
      return member(node, inner);
    case 'call':
      return call(node.args[0], node.args[1], node, inner);
    case 'rcall':
      return methodCall(node, inner);
    case 'list': {
      const items = node.args.map((item) => compile(item, inner));
      return (run) => items.map((item) => item(run));
    }
    case 'map':
      return object(node.args, inner);
    case '?:':
      return choice(node.args, inner);
    case '&&':
    case '||':
      return logical(node.op === '||', node.args, inner);
    case '!_': {
      const operand = compile(node.args, inner);
      return (run) => !truth(operand(run), '!');
    }
    case '-_': {
      const operand = compile(node.args, inner);
      return (run) => calculate(run, '-', 0, operand(run));
    }
    case '==':
    case '!=': {
      const [left, right] = pair(node.args, inner);
      const wanted = node.op === '==';
      return (run) => equal(run, left(run), right(run)) === wanted;
    }
    case '<':
    case '<=':
    case '>':
    case '>=':
      return ordering(node.op, node.args, inner);
    case 'in': {
      const [left, right] = pair(node.args, inner);
      return (run) => contains(run, left(run), right(run));
    }
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return arithmetic(node.op, node.args, inner);
    case '.?':
    case '[?]':
      throw new CompileError('optional members (`.?`) are not supported; ask with has()', node.start);
  }
}

function member(node: ASTNode & { readonly op: '.' | '[]' }, inner: Compilation): Step {
  // Of a longer path only the whole is an input, so what is below it notes into nowhere.
  const below = note(node, inner) === null ? inner : { ...inner, reads: new Map<string, Path>() };
  const base = compile(node.args[0], below);
  const key = node.op === '.' ? constant(node.args[1]) : compile(node.args[1], below);
  return accessor(base, key, node.args[0].input.slice(node.args[0].start, node.args[0].end));
}

function call(name: string, args: readonly ASTNode[], node: ASTNode, inner: Compilation): Step {
  const [first] = args;
  if (name === 'has' && args.length === 1 && first?.op === '.') {
    note(first, inner);
    return presence(compile(first.args[0], { ...inner, reads: new Map<string, Path>() }), first.args[1]);
  }
  if (name === 'has') throw new CompileError('has() asks for one member, as in has(payload.kg)', node.start);
  return builtin(FUNCTIONS, { name, args, at: node.start, inner });
}

function methodCall(node: ASTNode & { readonly op: 'rcall' }, inner: Compilation): Step {
  const [name, receiver, args] = node.args;
  if (isMacro(name, args.length)) return macro({ name, receiver, args, inner, compile });
  const at = node.input.indexOf(name, receiver.end);
  return builtin(METHODS, { name, args: [receiver, ...args], at: at < 0 ? node.start : at, inner });
}

interface Call {
  readonly name: string;
  readonly args: readonly ASTNode[];
  readonly at: number;
  readonly inner: Compilation;
}

function builtin(known: typeof FUNCTIONS, { name, args, at, inner }: Call): Step {
  const found = known.get(name);
  if (found === undefined) {
    const near = nearest(name, known.keys());
    throw new CompileError(`unknown function ${name}()${near === null ? '' : `; did you mean ${near}()?`}`, at);
  }
  const [least, most] = found.arity;
  if (args.length < least || args.length > most) {
    throw new CompileError(`${name}() got the wrong number of arguments`, at);
  }
  const pattern = name === 'matches' ? args[1] : undefined;
  if (pattern?.op === 'value' && typeof pattern.args === 'string') return literalMatch(pattern, args, inner);
  const steps = args.map((item) => compile(item, inner));
  return (run) =>
    found.call(
      run,
      steps.map((step) => step(run)),
    );
}

/** `matches` with a pattern that stands in the expression: compiled once, and invalid ones are found here. */
function literalMatch(pattern: ASTNode, [subject]: readonly ASTNode[], inner: Compilation): Step {
  const regex = compileRegex(String(pattern.args));
  if ('problem' in regex) throw new CompileError(`invalid pattern: ${regex.problem}`, pattern.start);
  const step = subject === undefined ? constant(null) : compile(subject, inner);
  return (run) => {
    const text = step(run);
    if (typeof text !== 'string') throw new Failure((mask) => `matches() needs a string, not ${describe(text, mask)}`);
    return matches(run, regex, text);
  };
}

function object(entries: readonly (readonly [ASTNode, ASTNode])[], inner: Compilation): Step {
  const steps = entries.map(([key, value]) => [compile(key, inner), compile(value, inner)] as const);
  return (run) => {
    const made = new Map<string, Json>();
    for (const [keyStep, valueStep] of steps) {
      const key = keyStep(run);
      if (typeof key !== 'string')
        throw new Failure((mask) => `keys of a JSON object are strings, not ${describe(key, mask)}`);
      if (made.has(key)) throw new Failure(() => `the key ${JSON.stringify(key)} stands twice in one object`);
      made.set(key, valueStep(run));
    }
    return Object.fromEntries(made);
  };
}

function choice([condition, yes, no]: readonly [ASTNode, ASTNode, ASTNode], inner: Compilation): Step {
  const steps = [compile(condition, inner), compile(yes, inner), compile(no, inner)] as const;
  return (run) => (truth(steps[0](run), '?') ? steps[1](run) : steps[2](run));
}

/** As in CEL, one side that decides makes up for the failure of the other. */
function logical(decisive: boolean, args: readonly [ASTNode, ASTNode], inner: Compilation): Step {
  const [left, right] = pair(args, inner);
  const operator = decisive ? '||' : '&&';
  const truthOf = (step: Step) => (run: Run) => truth(step(run), operator);
  const first = truthOf(left);
  const second = truthOf(right);
  return (run) => {
    const one = attempt(first, run);
    if (one === decisive) return decisive;
    const other = second(run);
    if (other === decisive) return decisive;
    if (one instanceof Failure) throw one;
    return !decisive;
  };
}

function truth(value: Json, operator: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new Failure((mask) => `${operator} needs true or false, not ${describe(value, mask)}`);
}

function pair([left, right]: readonly [ASTNode, ASTNode], inner: Compilation): readonly [Step, Step] {
  return [compile(left, inner), compile(right, inner)];
}

function ordering(operator: '<' | '<=' | '>' | '>=', args: readonly [ASTNode, ASTNode], inner: Compilation): Step {
  const [left, right] = pair(args, inner);
  const orEqual = operator.endsWith('=');
  const sign = operator.startsWith('<') ? -1 : 1;
  return (run) => {
    const order = sign * compare(run, left(run), right(run));
    return order > 0 || (orEqual && order === 0);
  };
}

function arithmetic(operator: Arithmetic, args: readonly [ASTNode, ASTNode], inner: Compilation): Step {
  const [left, right] = pair(args, inner);
  return (run) => calculate(run, operator, left(run), right(run));
}
