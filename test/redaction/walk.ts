import type { Command } from 'commander';
import { buildProgram, leaves } from '../../src/cli/run-cli.ts';
import { ROUTES } from '../../src/http/api/routes.ts';
import { fakeIo } from '../cli/fake-io.ts';

/** What there is on a site, by the name of a parameter; several of a kind are all asked for. */
export interface Things {
  readonly instances: readonly string[];
  readonly jobs: readonly string[];
  readonly events: readonly string[];
  readonly deliveries: readonly string[];
  readonly schedules: readonly string[];
  readonly versions: readonly string[];
  readonly webhooks: readonly string[];
  readonly routes: readonly string[];
  /** Of dead letters. */
  readonly fingerprints: readonly string[];
}

/** Paths of every GET route of the table but streams, with each thing put into their parameters. */
export function paths(things: Things): readonly string[] {
  const got = ROUTES.filter(({ method, answers }) => {
    return method === 'GET' && Object.values(answers).every(({ contentType }) => contentType !== 'text/event-stream');
  });
  return got.flatMap(({ path }) => valuesOf(path, things).map((filled) => `/api/v1${filled}`));
}

function valuesOf(path: string, things: Things): readonly string[] {
  if (path === '/explain') return everyId(things).map((id) => `/explain?id=${encodeURIComponent(id)}`);
  if (path.startsWith('/explain/')) {
    const kinds = {
      job: things.jobs,
      event: things.events,
      schedule: things.schedules,
      instance: things.instances,
      webhook: things.webhooks,
      route: things.routes,
    };
    return Object.entries(kinds).flatMap(([kind, ids]) =>
      ids.map((id) => `/explain/${kind}/${id.split('/').map(encodeURIComponent).join('/')}`),
    );
  }
  if (!path.includes(':')) return [path];
  const [, noun = ''] = path.split('/');
  if (path.includes('/:instance/:id')) return things.schedules.map((id) => path.replace(':instance/:id', id));
  const ids = {
    jobs: things.jobs,
    events: things.events,
    deliveries: things.deliveries,
    instances: things.instances,
    config: things.versions,
    trace: [...things.jobs, ...things.events],
    dead: things.fingerprints,
  }[noun];
  if (ids === undefined) throw new Error(`the walk does not know what to put into ${path}`);
  return ids.map((id) => path.replace(/:[a-z_]+\*?/, encodeURIComponent(id)));
}

function everyId({ jobs, events, instances, schedules, webhooks, routes, deliveries }: Things): readonly string[] {
  return [...jobs, ...events, ...instances, ...schedules, ...webhooks, ...routes, ...deliveries];
}

/** Commands that change something, stay, need a site of their own, or are made to show a secret. */
const NOT_WALKED = [
  /^(init|start|run|emit|reload|pause|resume|backup|restore|schema)$/,
  /^(job|dead) (?!list|show|logs)/,
  /^instance (pause|resume|reset)/,
  /^schedule (pause|resume|skip|run)/,
  /^plugin (lock|verify|test)|^plugin state (export|set|reset)/,
  /^webhook (redeliver|sign|send|test)/,
  /^token (create|revoke)|^(console|completion|replay|bundle|secret who-saw)/,
];

/** Command lines of every reading command, with each thing put into their arguments. */
export function commandLines(things: Things): readonly (readonly string[])[] {
  const program = buildProgram(fakeIo(), () => async () => {});
  return leaves(program).flatMap((command) => {
    const words = wordsOf(command);
    const line = words.join(' ');
    if (NOT_WALKED.some((pattern) => pattern.test(line))) return [];
    if (command.registeredArguments.every(({ required }) => !required)) return [words];
    const ids: Readonly<Record<string, readonly string[]>> = {
      explain: everyId(things),
      trace: [...things.jobs, ...things.events],
      'job show': things.jobs,
      'job logs': things.jobs,
      'dead show': things.fingerprints,
      'event show': things.events,
      'plugin show': things.instances,
      'instance show': things.instances,
      'plugin state show': things.instances,
      'webhook show': things.deliveries,
      'route test': ['parrot.said'],
    };
    const known = ids[line];
    if (known === undefined) throw new Error(`the walk does not know what to give to \`ductile ${line}\``);
    return known.map((id) => [...words, id]);
  });
}

function wordsOf(command: Command): readonly string[] {
  const words: string[] = [];
  for (let at: Command | null = command; at?.parent; at = at.parent) words.unshift(at.name());
  return words;
}
