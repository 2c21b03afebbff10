import type { Measured, Sample } from '../../domain/exposition.ts';
import type { LoadWatch } from '../../platform/process-load.ts';
import type { Held } from '../../store/port/claims.ts';
import type { QueueDepth } from '../../store/port/jobs.ts';
import { expectationViews } from '../expectations.ts';
import type { EngineParts } from '../parts.ts';
import type { Meters } from './meters.ts';

const BREAKER_STATES = ['closed', 'open', 'half_open'] as const;

/** What is measured besides what the meters counted. */
export interface Instruments {
  readonly meters: Meters;
  readonly load: LoadWatch;
  readonly version: string;
  readonly startedAt: number;
  readonly held: () => readonly Held[];
  readonly busy: () => number;
  readonly linesLost: () => number;
  readonly spans: () => { readonly sent: number; readonly dropped: number };
}

/**
 * Every metric of a gateway at work. It looks at what is queued, running and configured, never at what has ended, so a
 * scrape costs the same after years.
 */
export async function collectMetrics(parts: EngineParts, instruments: Instruments): Promise<Measured> {
  const { store, clock, snapshot } = parts;
  const { service, instances } = snapshot();
  const now = clock.now();
  const [active, standings, breakers, expectations] = await Promise.all([
    store.read.queue(now),
    store.read.standings(),
    store.read.breakers(),
    expectationViews(parts),
  ]);
  const queue = [...active, ...idle(instances.keys(), active)];
  const configured = standings.instances.filter(({ instance }) => instances.has(instance));
  const { transactions, syncs } = store.counters();
  const sizes = store.sizes();
  const load = instruments.load.look();
  const spans = instruments.spans();
  instruments.meters.expect(instances.keys());
  return {
    ...instruments.meters.measured(),
    ductile_build_info: [{ labels: [instruments.version, process.versions.node], value: 1 }],
    ductile_jobs: queue.flatMap(({ instance, queued, running }) => [
      { labels: [instance, 'queued'], value: queued },
      { labels: [instance, 'running'], value: running },
    ]),
    ductile_oldest_due_age_seconds: queue.map(({ instance, oldestDueAt }) => ({
      labels: [instance],
      value: oldestDueAt === null ? 0 : Math.max(0, now - oldestDueAt) / 1_000,
    })),
    ductile_slots: one(service.concurrency),
    ductile_slots_busy: one(instruments.busy()),
    ductile_paused: one(standings.pausedAt === null ? 0 : 1),
    ductile_instance_paused: configured.map(({ instance, pausedAt }) => flag([instance], pausedAt !== null)),
    ductile_instance_healthy: configured.map(({ instance, unhealthyAt }) => flag([instance], unhealthyAt === null)),
    ductile_instance_held: instruments.held().map(({ instance, reason }) => flag([instance, reason], true)),
    ductile_breaker_state: breakers.flatMap(({ instance, command, state }) =>
      BREAKER_STATES.map((one) => flag([instance, command, one], one === state)),
    ),
    ductile_expectation_missed: expectations.map(({ expectation, state }) =>
      flag([expectation.name], state.missedAt !== null),
    ),
    ductile_store_transactions_total: one(transactions),
    ductile_store_syncs_total: one(syncs),
    ductile_storage_ok: [flag([], store.health().ok)],
    ductile_database_bytes: one(sizes.database),
    ductile_wal_bytes: one(sizes.log),
    ductile_event_loop_delay_seconds: delaySamples(load.loopDelay),
    ductile_event_loop_active_seconds_total: one(load.loopActiveSeconds),
    ductile_log_lines_lost_total: one(instruments.linesLost()),
    ductile_trace_spans_total: [
      { labels: ['sent'], value: spans.sent },
      { labels: ['dropped'], value: spans.dropped },
    ],
    process_cpu_seconds_total: one(load.cpuSeconds),
    process_resident_memory_bytes: one(load.residentBytes),
    process_start_time_seconds: one(instruments.startedAt / 1_000),
  };
}

/** Configured instances whose queue is empty: a graph should fall to 0, not end. */
function idle(instances: Iterable<string>, active: readonly QueueDepth[]): readonly QueueDepth[] {
  const known = new Set(active.map(({ instance }) => instance));
  return [...instances].flatMap((instance) =>
    known.has(instance) ? [] : [{ instance, queued: 0, running: 0, oldestDueAt: null }],
  );
}

function one(value: number): readonly Sample[] {
  return [{ labels: [], value }];
}

function flag(labels: readonly string[], on: boolean): Sample {
  return { labels, value: on ? 1 : 0 };
}

function delaySamples(delay: ReturnType<LoadWatch['look']>['loopDelay']): readonly Sample[] {
  if (delay === null) return [];
  return [
    { labels: ['0.5'], value: delay.p50 },
    { labels: ['0.99'], value: delay.p99 },
    { labels: ['1'], value: delay.max },
  ];
}
