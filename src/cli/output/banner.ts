import type { Instance } from '../../domain/instance.ts';
import { formatInstant } from '../../domain/instant.ts';
import type { CompiledRoute } from '../../domain/route.ts';
import type { ScheduleView } from '../../engine/schedule-entry.ts';
import type { Sink } from '../io.ts';
import { type Paint, paintFor } from './paint.ts';
import { rhythmText } from './rhythm.ts';
import { type Column, table } from './table.ts';
import { nextText } from './time.ts';

/** What a gateway that has just started tells about itself. */
export interface Banner {
  readonly name: string;
  readonly pid: number;
  readonly configFile: string;
  /** Where the API listens, as `host:port`; null: on the socket only. */
  readonly apiAt: string | null;
  readonly instances: readonly Instance[];
  readonly schedules: readonly ScheduleView[];
  readonly routes: readonly CompiledRoute[];
  readonly places: readonly Place[];
  /** Command lines worth typing next, with what each shows. */
  readonly next: readonly (readonly [command: string, shows: string])[];
  readonly now: number;
}

/** A path in the configuration of an instance: a folder to drop files into, or a file to look at. */
export interface Place {
  readonly instance: string;
  readonly key: string;
  readonly path: string;
}

const INSTANCES: readonly Column[] = [
  { head: 'INSTANCE', least: 12 },
  { head: 'WHEN', least: 12 },
  { head: 'NEXT' },
  { head: 'WHAT', least: 20, optional: true },
];
const ROUTES: readonly Column[] = [
  { head: 'EVENT', least: 16 },
  { head: 'GOES TO', least: 16 },
  { head: 'ROUTE', least: 12, optional: true },
];
const PLACES: readonly Column[] = [{ head: 'PLACE', least: 12 }, { head: 'PATH' }];
const NEXT: readonly Column[] = [{ head: 'NEXT, IN ANOTHER TERMINAL' }, { head: '', least: 20, optional: true }];

/** The first thing a person sees of a gateway: what runs, when next, where files go, what to type. */
export function bannerText(banner: Banner, sink: Sink): string {
  const paint = paintFor(sink);
  const { instances, routes, places, next, apiAt } = banner;
  return [
    `\n${paint('good', '●')} ${paint('strong', banner.name)} is running ${paint('dim', `(pid ${banner.pid}, ${banner.configFile})`)}\n`,
    apiAt === null
      ? ''
      : `  ${paint('dim', 'API at')} http://${apiAt}${paint('dim', ', with a token from `ductile token create`')}\n`,
    block(
      INSTANCES,
      instances.map((instance) => instanceRow(instance, banner, paint)),
      sink,
    ),
    block(
      ROUTES,
      routes.map(({ name, eventType, to }) => {
        const targets = to.map(({ instance, command }) => (command === 'handle' ? instance : `${instance} ${command}`));
        return [paint('busy', eventType), `${paint('dim', '→')} ${targets.join(', ')}`, paint('dim', name)];
      }),
      sink,
    ),
    block(
      PLACES,
      places.map(({ instance, key, path }) => [`${instance} ${key}`, paint('strong', path)]),
      sink,
    ),
    block(
      NEXT,
      next.map(([command, shows]) => [command, paint('dim', `# ${shows}`)]),
      sink,
    ),
    `\n${paint('dim', 'Ctrl-C stops it; what is running may end first.')}\n\n`,
  ].join('');
}

function block(columns: readonly Column[], rows: readonly (readonly string[])[], sink: Sink): string {
  if (rows.length === 0) return '';
  const [head = '', ...lines] = table(columns, rows, sink.columns).split('\n');
  return `\n${[paintFor(sink)('dim', head), ...lines].join('\n')}`;
}

function instanceRow(instance: Instance, { schedules, now }: Banner, paint: Paint): readonly string[] {
  const own = schedules
    .filter(({ schedule }) => schedule.instance === instance.name)
    .toSorted((a, b) => (a.nextAt ?? Number.POSITIVE_INFINITY) - (b.nextAt ?? Number.POSITIVE_INFINITY));
  const [first] = own;
  return [
    paint('strong', instance.name),
    whenText(instance, own),
    first === undefined
      ? '–'
      : nextText({ paused_at: instantOf(first.pausedAt), next_at: instantOf(first.nextAt) }, now),
    instance.manifest.description ?? '',
  ];
}

function whenText({ enabled }: Instance, own: readonly ScheduleView[]): string {
  if (!enabled) return 'disabled';
  return own.length === 0 ? 'when asked' : own.map(({ schedule }) => rhythmText(schedule.rhythm)).join(', ');
}

function instantOf(at: number | null): string | null {
  return at === null ? null : formatInstant(at);
}
