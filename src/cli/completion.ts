import { Argument, type Command } from 'commander';
import { isJsonObject, type Json } from '../domain/json.ts';
import type { AddCommand, Session } from './command.ts';
import { type Candidate, completeWords, type NameKind, typedOption } from './complete-words.ts';
import { connect } from './connect.ts';
import { visibleText } from './output/visible.ts';

/** Names that one answer may give. */
const MOST_NAMES = 100;

/** What each shell is to evaluate; all of them ask `ductile completion words`, so that they always know what this version knows. */
const SCRIPTS = {
  bash: `_ductile() {
  local IFS=$'\\n'
  COMPREPLY=($("$1" completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f 1))
}
complete -o bashdefault -o default -F _ductile ductile
`,
  zsh: `#compdef ductile
_ductile() {
  local -a found
  found=("\${(@f)$("\${words[1]}" completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null | sed 's/:/\\\\:/g; s/\\t/:/')}")
  if [[ -n "$found" ]]; then _describe ductile found; else _files; fi
}
compdef _ductile ductile
`,
  fish: `function __ductile_words
  set -l typed (commandline -opc) (commandline -ct)
  $typed[1] completion words -- $typed[2..-1] 2>/dev/null
end
complete -c ductile -a '(__ductile_words)'
`,
} as const;

type Shell = keyof typeof SCRIPTS;

/** `ductile completion`: what a shell needs to complete commands, options and names. */
export const addCompletion: AddCommand = (parent, run) => {
  parent
    .command('completion')
    .addArgument(
      new Argument('<shell>', '`words` is what the scripts call').choices([...Object.keys(SCRIPTS), 'words']),
    )
    .argument('[typed...]', 'for `words`: what was typed after `ductile`, up to the cursor')
    .description('print a script that makes a shell complete commands, options and names')
    .addHelpText('after', '\nExample:\n  $ ductile completion bash >> ~/.bash_completion')
    .action(
      run<unknown, readonly [Shell | 'words', readonly string[]]>(async (session, _options, shell, typed) => {
        if (shell !== 'words') {
          session.io.stdout.write(SCRIPTS[shell]);
          return 0;
        }
        for (const { word, about } of await candidates(session, parent, typed)) {
          session.io.stdout.write(about === '' ? `${word}\n` : `${word}\t${about}\n`);
        }
        return 0;
      }),
    );
};

async function candidates(session: Session, program: Command, typed: readonly string[]): Promise<readonly Candidate[]> {
  const { candidates: known, names } = completeWords(program, typed);
  if (names === null) return known;
  const partial = typed.at(-1) ?? '';
  const config = typedOption(typed, ['--config', '-c']) ?? session.config;
  const found = await namesOf(session, config, names);
  const fitting = found.filter(({ word }) => word.startsWith(partial) && word === visibleText(word));
  return [...known, ...fitting.slice(0, MOST_NAMES)];
}

/** Where each kind of names is listed: the noun of the list, and the fields with the name and what it is about. */
const LISTS: { readonly [kind in NameKind]: readonly [path: string, list: string, name: string, about: string] } = {
  instance: ['/api/v1/instances', 'instances', 'instance', 'plugin'],
  schedule: ['/api/v1/schedules', 'schedules', 'schedule', ''],
  route: ['/api/v1/routes', 'routes', 'route', 'event_type'],
  webhook: ['/api/v1/webhooks', 'webhooks', 'name', 'path'],
  job: ['/api/v1/jobs?limit=20', 'jobs', 'id', 'instance'],
  event: ['/api/v1/events?limit=20', 'events', 'event_id', 'type'],
  delivery: ['/api/v1/deliveries?limit=20', 'deliveries', 'id', 'webhook'],
  secret: ['/api/v1/secrets', 'secrets', 'name', 'source'],
  version: ['/api/v1/config/versions', 'versions', 'version', 'at'],
  token: ['/api/v1/tokens', 'tokens', 'name', ''],
};

/** The names of one kind; none when nothing answers, since whoever presses a key wants no error. */
async function namesOf({ io }: Session, config: string | null, kind: NameKind): Promise<readonly Candidate[]> {
  const [path, list, name, about] = LISTS[kind];
  try {
    const connection = await connect({ io, config, need: 'read' });
    try {
      const answer = await connection.request<Json>('GET', path);
      const items = isJsonObject(answer) ? answer[list] : null;
      return (Array.isArray(items) ? items.filter(isJsonObject) : []).map((item) => ({
        word: String(item[name] ?? '').replace(/^(?:env|file):/, ''),
        about: String(item[about] ?? ''),
      }));
    } finally {
      await connection.close();
    }
  } catch {
    return [];
  }
}
