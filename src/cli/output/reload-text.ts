import type { PreviewAnswer, ReloadAnswer } from '../answers.ts';
import type { Paint } from './paint.ts';

/** What a reload did, or would do, for people. */
export function reloadText(answer: ReloadAnswer | PreviewAnswer, paint: Paint): string {
  const { version, previous_version: before, unchanged, settings } = answer;
  const foreseen = 'preview' in answer;
  const head = unchanged
    ? `${paint('dim', '=')} nothing has changed (version ${version})`
    : foreseen
      ? `${paint('strong', 'a reload would change')} version ${before} to ${version}`
      : `${paint('good', '✓')} reloaded: version ${before} is now ${version}`;
  return [
    `${head}\n`,
    ...settings.map((key) => `  ${paint('warn', '~')} setting ${key}\n`),
    ...(['instances', 'routes', 'schedules', 'webhooks', 'expectations'] as const).flatMap((kind) => {
      const { added, changed, removed } = answer[kind];
      const noun = kind.slice(0, -1);
      return [
        ...added.map((name) => `  ${paint('good', '+')} ${noun} ${name}\n`),
        ...changed.map((name) => `  ${paint('warn', '~')} ${noun} ${name}\n`),
        ...removed.map((name) => `  ${paint('bad', '-')} ${noun} ${name}\n`),
      ];
    }),
    ...(foreseen ? [eventsText(answer, paint), slotsText(answer, paint)] : []),
  ].join('');
}

function eventsText({ events }: PreviewAnswer, paint: Paint): string {
  const { checked, differences } = events;
  const head = `of the latest ${checked} events, ${differences.length} would lead to other jobs\n`;
  return [
    head,
    ...differences.flatMap(({ event_id, type, source, lost, gained, changed }) => [
      `  ${event_id} ${paint('strong', type)} from ${source}\n`,
      ...lost.map((job) => `    ${paint('bad', '-')} ${job.instance} ${job.command} (${job.route})\n`),
      ...gained.map((job) => `    ${paint('good', '+')} ${job.instance} ${job.command} (${job.route})\n`),
      ...changed.map((job) => {
        const fields = job.fields.join(', ');
        return `    ${paint('warn', '~')} ${job.instance} ${job.command} (${job.route}): other ${fields}\n`;
      }),
    ]),
  ].join('');
}

function slotsText({ slots }: PreviewAnswer, paint: Paint): string {
  const { lost, gained, more } = slots;
  if (lost.length + gained.length === 0) return 'the slots of the next day stay the same\n';
  return [
    'slots of the next day\n',
    ...lost.map(({ schedule, at }) => `  ${paint('bad', '-')} ${at} ${schedule}\n`),
    ...gained.map(({ schedule, at }) => `  ${paint('good', '+')} ${at} ${schedule}\n`),
    more === 0 ? '' : `  and ${more} more\n`,
  ].join('');
}
