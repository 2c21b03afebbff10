import { formatInstant } from '../../domain/instant.ts';
import type { Rhythm } from '../../domain/schedule.ts';
import type { StatusView } from '../../engine/operations.ts';
import type { ScheduleView } from '../../engine/schedule-entry.ts';
import { nameOf } from '../../engine/slot-decision.ts';
import { backupStateView } from './backup-view.ts';
import { expectationView } from './expectation-view.ts';
import { countsView, instanceView } from './instance-view.ts';
import { instant } from './instant-view.ts';

/** A schedule with its last and next slot. */
export function scheduleView(view: ScheduleView) {
  const { schedule } = view;
  return {
    schedule: nameOf(schedule),
    instance: schedule.instance,
    id: schedule.id,
    rhythm: rhythmView(schedule.rhythm),
    timezone: schedule.timezone,
    command: schedule.command,
    paused_at: instant(view.pausedAt),
    skip_at: instant(view.skipAt),
    last_slot_at: instant(view.lastSlotAt),
    last_job_id: view.lastJobId,
    next_at: instant(view.nextAt),
  };
}

/** A rhythm with its span in milliseconds, or its instant as text. */
function rhythmView(rhythm: Rhythm) {
  switch (rhythm.kind) {
    case 'every':
      return { kind: rhythm.kind, every_ms: rhythm.everyMs };
    case 'at':
      return { kind: rhythm.kind, at: formatInstant(rhythm.at) };
    case 'calendar':
      return { kind: rhythm.kind, unit: rhythm.unit };
    case 'cron':
      return { kind: rhythm.kind, expression: rhythm.expression };
    default:
      return rhythm satisfies never;
  }
}

/** The gateway at a glance. */
export function statusView(status: StatusView) {
  return {
    name: status.name,
    running: status.running,
    pid: status.pid,
    started_at: instant(status.startedAt),
    paused_at: instant(status.pausedAt),
    webhooks_at: status.webhooksAt,
    webhooks_listen: status.webhooksListen,
    api_at: status.apiAt,
    config_file: status.configFile,
    config_version: status.configVersion,
    slots: status.slots,
    jobs: countsView(
      status.counts,
      status.instances.map(({ retrying }) => retrying),
    ),
    instances: status.instances.map((view) => {
      const { instance, plugin, enabled, counts, paused_at, unhealthy_since, held, breakers } = instanceView(view);
      return { instance, plugin, enabled, jobs: counts, paused_at, unhealthy_since, held, breakers };
    }),
    schedules: status.schedules.map(scheduleView),
    expectations: status.expectations.map(expectationView),
    store: status.store,
    backup: status.backup === null ? null : backupStateView(status.backup),
    storage: { ok: status.storage.ok, since: instant(status.storage.since), message: status.storage.message },
  };
}
