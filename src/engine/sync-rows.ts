import type { Expectation } from '../domain/expectation.ts';
import type { Instance } from '../domain/instance.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { RecordedConfig } from '../store/port/configs.ts';
import type { ExpectationRow } from '../store/port/expectations.ts';
import type { InstanceRow } from '../store/port/instances.ts';
import type { ScheduleDefinition } from '../store/port/schedules.ts';

/** What the store must know of a snapshot, and of instances that are gone but whose jobs may still run. */
export function syncRows(
  snapshot: Snapshot,
  kept: ReadonlyMap<string, Snapshot> = new Map(),
): {
  readonly instances: readonly InstanceRow[];
  readonly schedules: readonly ScheduleDefinition[];
  readonly expectations: readonly ExpectationRow[];
  readonly watchesFailures: boolean;
  readonly config: RecordedConfig;
} {
  const rowOf = ({ name, concurrency, rateLimit }: Instance, initHash: string | null): InstanceRow => ({
    name,
    cap: concurrency,
    rateLimit,
    initHash,
  });
  // Those that are disabled or gone let their jobs drain as they are.
  const present = [...snapshot.instances.values()].map((one) => rowOf(one, one.enabled ? one.initHash : null));
  const gone = [...kept].flatMap(([name, last]) => last.instances.get(name) ?? []).map((one) => rowOf(one, null));
  return {
    instances: [...present, ...gone],
    schedules: snapshot.schedules.map(({ instance, id, hash }) => ({ instance, id, hash })),
    expectations: snapshot.expectations.map(expectationRow),
    watchesFailures: snapshot.service.onFailure !== null,
    config: {
      version: snapshot.version,
      file: snapshot.file,
      text: snapshot.shown().text,
      templates: snapshot.templates(),
    },
  };
}

/** What the store must know of an expectation to see what it waits for. */
export function expectationRow({ name, seen }: Expectation): ExpectationRow {
  switch (seen.kind) {
    case 'event':
      return { name, kind: 'event', pattern: seen.eventType };
    case 'schedule':
      return { name, kind: 'schedule', pattern: `scheduler:${seen.instance}/${seen.id}` };
    case 'job':
      return { name, kind: 'job', pattern: seen.command === null ? seen.instance : `${seen.instance} ${seen.command}` };
    default:
      return seen satisfies never;
  }
}
