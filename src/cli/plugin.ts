import type { Command } from 'commander';
import type { JobStatus } from '../domain/job.ts';
import { span } from '../domain/span.ts';
import { systemClock } from '../platform/clock.ts';
import type { InstanceAnswer } from './answers.ts';
import type { AddCommand, Runner, Session } from './command.ts';
import { countText } from './output/count-text.ts';
import { heldText } from './output/held-text.ts';
import { type Column, table } from './output/table.ts';
import { relative } from './output/time.ts';
import { addPluginLock } from './plugin-lock.ts';
import { addPluginState } from './plugin-state.ts';

interface ListAnswer {
  readonly instances: readonly InstanceAnswer[];
}

/** `ductile plugin …`: the instances and the plugins they use. */
export const addPlugin: AddCommand = (parent, run) => {
  const plugin = parent.command('plugin').description('list and show instances, their plugins and their state');
  addInstanceViews(plugin, run);
  addPluginState(plugin, run);
  addPluginLock(plugin, run);
};

/** Adds `list` and `show`, of instances with their plugins. */
export function addInstanceViews(parent: Command, run: Runner): void {
  parent
    .command('list')
    .description('every instance with its plugin and queue')
    .addHelpText('after', `\nExample:\n  $ ductile ${parent.name()} list`)
    .action(
      run((session) =>
        session.withGateway('read', async ({ request }) => {
          const page = await request<ListAnswer>('GET', '/api/v1/instances');
          session.show(page, ({ instances }) => instanceTable(instances, session));
          return 0;
        }),
      ),
    );
  parent
    .command('show')
    .argument('<instance>', 'instance name')
    .description('one instance: commands, events, limits, queue')
    .addHelpText('after', `\nExample:\n  $ ductile ${parent.name()} show hello`)
    .action(
      run<unknown, readonly [string]>((session, _options, name) =>
        session.withGateway('read', async ({ request }) => {
          const path = `/api/v1/instances/${encodeURIComponent(name)}`;
          const instance = await request<InstanceAnswer>('GET', path);
          session.show(instance, (shown) => instanceText(shown, session));
          return 0;
        }),
      ),
    );
}

const COLUMNS: readonly Column[] = [
  { head: 'INSTANCE', least: 16 },
  { head: 'PLUGIN', least: 12 },
  { head: 'COMMANDS', least: 12 },
  { head: 'QUEUED' },
  { head: 'RUNNING' },
  { head: 'WHAT', least: 20, optional: true },
];

function instanceTable(instances: readonly InstanceAnswer[], { io, paint }: Session): string {
  if (instances.length === 0) return 'no instances\n';
  const rows = instances.map((instance) => [
    instance.enabled ? instance.instance : paint('dim', `${instance.instance} (disabled)`),
    instance.plugin,
    instance.commands.map(({ command }) => command).join(', '),
    countText(instance.counts, 'queued'),
    countText(instance.counts, 'running'),
    instance.description ?? '',
  ]);
  return table(COLUMNS, rows, io.stdout.columns);
}

function instanceText(instance: InstanceAnswer, { paint }: Session): string {
  const fact = (name: string, value: string): string => `  ${paint('dim', name.padEnd(11))} ${value}\n`;
  const { retry, counts, held, rate_limit } = instance;
  const jobs = (status: JobStatus): string => `${countText(counts, status)} ${status}`;
  return [
    `${paint('strong', instance.instance)}${instance.enabled ? '' : paint('warn', ' disabled')}\n`,
    fact(
      'plugin',
      `${instance.plugin} ${instance.version}${instance.directory === null ? '' : ` in ${instance.directory}`}`,
    ),
    instance.description === null ? '' : fact('does', instance.description),
    fact(
      'runs',
      `${instance.concurrency} at a time${rate_limit === null ? '' : `, ${rate_limit.count} per ${span(rate_limit.per_ms)}`}`,
    ),
    fact('retry', `${retry.max_attempts} attempts, first after ${span(retry.base_ms)}, at most ${span(retry.cap_ms)}`),
    fact(
      'jobs',
      `${jobs('queued')}, ${jobs('running')}; last 24 h: ${jobs('succeeded')}, ${jobs('failed')}, ${jobs('dead')}`,
    ),
    instance.paused_at === null
      ? ''
      : fact('paused', `${relative(instance.paused_at, systemClock.now())} (ductile resume ${instance.instance})`),
    instance.unhealthy_since === null
      ? ''
      : fact(
          'unhealthy',
          `${relative(instance.unhealthy_since, systemClock.now())}: its init has not succeeded (ductile job show ${instance.init_job_id ?? '…'})`,
        ),
    held === null ? '' : fact('held', heldText(held)),
    ...instance.commands.map(({ command, description, timeout_ms, idempotent }) =>
      fact(
        'command',
        `${command}  ${paint('dim', `within ${span(timeout_ms)}${idempotent ? '' : ', at most once'}`)}  ${description ?? ''}`,
      ),
    ),
    ...instance.events.map(({ type }) => fact('emits', type)),
    ...instance.breakers
      .filter(({ state }) => state !== 'closed')
      .map(({ command, state, failures }) => fact('breaker', `${command} ${state} after ${failures} failures`)),
  ].join('');
}
