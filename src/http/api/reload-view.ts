import { formatInstant } from '../../domain/instant.ts';
import type { Previewed, Reloaded } from '../../engine/reload.ts';
import { problemView } from '../problem.ts';

/** What a reload did, by names. */
export function reloadView({ version, previousVersion, unchanged, difference, warnings }: Reloaded) {
  const { settings, instances, routes, schedules, webhooks, expectations } = difference;
  return {
    version,
    previous_version: previousVersion,
    unchanged,
    settings,
    instances,
    routes,
    schedules,
    webhooks,
    expectations,
    warnings: warnings.map(problemView),
  };
}

/** What a reload would do. */
export function previewView(previewed: Previewed) {
  const { events, slots } = previewed;
  const slotsOf = (list: typeof slots.lost) => list.map(({ schedule, at }) => ({ schedule, at: formatInstant(at) }));
  return {
    ...reloadView(previewed),
    preview: true,
    events: {
      checked: events.checked,
      differences: events.differences.map(({ event, lost, gained, changed }) => ({
        event_id: event.id,
        type: event.type,
        source: event.source,
        lost,
        gained,
        changed,
      })),
    },
    slots: {
      from: formatInstant(slots.from),
      to: formatInstant(slots.to),
      lost: slotsOf(slots.lost),
      gained: slotsOf(slots.gained),
      more: slots.more,
    },
  };
}
