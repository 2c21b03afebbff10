import type { Argument, Command, Option } from 'commander';

/** A word that may stand where the cursor is. */
export interface Candidate {
  readonly word: string;
  /** What it is, in a few words; empty: it speaks for itself. */
  readonly about: string;
}

/** Kinds of names that only a configuration or a database knows. */
export type NameKind =
  | 'instance'
  | 'schedule'
  | 'route'
  | 'webhook'
  | 'job'
  | 'event'
  | 'delivery'
  | 'secret'
  | 'version'
  | 'token';

/** What may stand at the cursor: words that the command line itself knows, and a kind of names that it does not. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly names: NameKind | null;
}

const NOTHING: Completion = { candidates: [], names: null };

/**
 * What may stand in place of the last of `typed`, the words after `ductile` up to the cursor: commands, options, values
 * of options, arguments. Words that do not begin as what was typed are left out.
 */
export function completeWords(program: Command, typed: readonly string[]): Completion {
  const partial = typed.at(-1) ?? '';
  const { command, given, pending } = walk(program, typed.slice(0, -1));
  const { candidates, names } = pending === null ? atWord(command, given, partial) : ofOption(pending);
  return { candidates: candidates.filter(({ word }) => word.startsWith(partial)), names };
}

/** The value of an option of the program in what was typed, such as `--config`; undefined when it is not there. */
export function typedOption(typed: readonly string[], flags: readonly string[]): string | undefined {
  return typed.find((_, index) => flags.includes(typed[index - 1] ?? '') && index < typed.length - 1);
}

interface Walked {
  readonly command: Command;
  /** How many arguments of the command stand there already. */
  readonly given: number;
  /** The option whose value is next. */
  readonly pending: Option | null;
}

function walk(program: Command, words: readonly string[]): Walked {
  let command = program;
  let given = 0;
  let pending: Option | null = null;
  for (const word of words) {
    if (pending !== null) {
      pending = null;
    } else if (word.startsWith('-')) {
      const option = optionsOf(command).find(({ short, long }) => short === word || long === word);
      pending = option?.required === true ? option : null;
    } else {
      const sub = command.commands.find((one) => one.name() === word);
      if (sub === undefined) given += 1;
      else command = sub;
    }
  }
  return { command, given, pending };
}

function atWord(command: Command, given: number, partial: string): Completion {
  if (partial.startsWith('-')) {
    return {
      candidates: optionsOf(command).map(({ long, description }) => about(long ?? '', description)),
      names: null,
    };
  }
  if (command.commands.length > 0) {
    return { candidates: command.commands.map((one) => about(one.name(), one.description())), names: null };
  }
  const last = command.registeredArguments.at(-1);
  const argument = command.registeredArguments[given] ?? (last?.variadic === true ? last : undefined);
  return argument === undefined ? NOTHING : ofArgument(command, argument);
}

function ofOption({ argChoices = [], long }: Option): Completion {
  const names = { '--instance': 'instance', '--job': 'job', '--event': 'event', '--route': 'route' } as const;
  const kind = Object.hasOwn(names, long ?? '') ? names[long as keyof typeof names] : null;
  return { candidates: argChoices.map((word) => about(word, '')), names: kind };
}

/** What `<id>` and `<name>` stand for, by the noun they belong to. */
const NOUNS: Readonly<Record<string, NameKind>> = {
  job: 'job',
  dead: 'job',
  event: 'event',
  webhook: 'webhook',
  secret: 'secret',
  token: 'token',
  ductile: 'job',
};

function ofArgument(command: Command, argument: Argument): Completion {
  const choices = argument.argChoices ?? [];
  if (choices.length > 0) return { candidates: choices.map((word) => about(word, '')), names: null };
  const noun = command.parent?.name() ?? '';
  switch (argument.name()) {
    case 'instance':
      return { candidates: [], names: 'instance' };
    case 'schedule':
      return { candidates: [], names: 'schedule' };
    case 'job':
      return { candidates: [], names: 'job' };
    case 'from':
    case 'to':
      return { candidates: [], names: noun === 'config' ? 'version' : null };
    case 'id':
    case 'ids':
      return { candidates: [], names: noun === 'webhook' ? 'delivery' : (NOUNS[noun] ?? null) };
    case 'name':
      return { candidates: [], names: NOUNS[noun] ?? null };
    default:
      return NOTHING;
  }
}

/** Its own options and those of the commands above it, which it takes, too. */
function optionsOf(command: Command): readonly Option[] {
  const above = command.parent === null ? [] : optionsOf(command.parent);
  return [...command.options, ...above].filter(({ hidden }) => !hidden);
}

function about(word: string, text: string): Candidate {
  return { word, about: text.split(/[:;(,]/, 1)[0]?.trim() ?? '' };
}
