/** A metric as it is told: its kind, what it says, and by what it is told apart. */
export interface MetricSpec {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
}

/** Every metric of a gateway, in the order in which they are told. */
export const METRICS = {
  ductile_build_info: { type: 'gauge', labels: ['version', 'node'], help: 'The running version; always 1.' },
  ductile_jobs: {
    type: 'gauge',
    labels: ['ductile_instance', 'status'],
    help: 'Jobs that are queued or running; counted to 100000 for each instance.',
  },
  ductile_oldest_due_age_seconds: {
    type: 'gauge',
    labels: ['ductile_instance'],
    help: 'How long the job that is due longest has been waiting to start.',
  },
  ductile_jobs_enqueued_total: {
    type: 'counter',
    labels: ['ductile_instance', 'producer'],
    help: 'Jobs that were admitted to the queue, by who made them: scheduler, webhook, route, api, cli or core.',
  },
  ductile_jobs_ended_total: {
    type: 'counter',
    labels: ['ductile_instance', 'status'],
    help: 'Jobs that ended for good: succeeded, failed, dead or cancelled.',
  },
  ductile_attempts_total: {
    type: 'counter',
    labels: ['ductile_instance', 'outcome'],
    help: 'Attempts that are over, by outcome.',
  },
  ductile_attempt_duration_seconds: {
    type: 'histogram',
    labels: ['ductile_instance'],
    help: 'How long attempts took, from their start to their end.',
  },
  ductile_slots: { type: 'gauge', labels: [], help: 'Attempts that may run at one time (service.concurrency).' },
  ductile_slots_busy: { type: 'gauge', labels: [], help: 'Attempts that run now.' },
  ductile_paused: { type: 'gauge', labels: [], help: '1 while the whole gateway is paused, else 0.' },
  ductile_instance_paused: {
    type: 'gauge',
    labels: ['ductile_instance'],
    help: '1 while the instance is paused, else 0.',
  },
  ductile_instance_healthy: {
    type: 'gauge',
    labels: ['ductile_instance'],
    help: '0 while jobs of the instance wait for its init, else 1.',
  },
  ductile_instance_held: {
    type: 'gauge',
    labels: ['ductile_instance', 'reason'],
    help: '1 while due jobs of the instance are kept from starting for that reason; there is no sample for the others.',
  },
  ductile_breaker_state: {
    type: 'gauge',
    labels: ['ductile_instance', 'command', 'state'],
    help: '1 for the state the circuit breaker is in (closed, open or half_open), 0 for the others.',
  },
  ductile_expectation_missed: {
    type: 'gauge',
    labels: ['expectation'],
    help: '1 while what is expected has not been seen in time, else 0.',
  },
  ductile_webhook_deliveries_total: {
    type: 'counter',
    labels: ['webhook', 'verdict'],
    help: 'Requests to webhooks: accepted, repeated, or the reason why they were refused.',
  },
  ductile_decisions_total: {
    type: 'counter',
    labels: ['code'],
    help: 'Decisions that were recorded, repeats included.',
  },
  ductile_commit_duration_seconds: {
    type: 'histogram',
    labels: [],
    help: 'How long transactions took that were synced to the disk; many callers share one.',
  },
  ductile_store_transactions_total: { type: 'counter', labels: [], help: 'Transactions that wrote something.' },
  ductile_store_syncs_total: { type: 'counter', labels: [], help: 'Transactions that were synced to the disk.' },
  ductile_storage_ok: { type: 'gauge', labels: [], help: '1 while the storage takes what it is given, else 0.' },
  ductile_database_bytes: { type: 'gauge', labels: [], help: 'Size of the database file.' },
  ductile_wal_bytes: { type: 'gauge', labels: [], help: 'Size of the log beside the database (the WAL).' },
  ductile_event_loop_delay_seconds: {
    type: 'gauge',
    labels: ['quantile'],
    help: 'How late the event loop was since the scrape before; measured while somebody scrapes.',
  },
  ductile_event_loop_active_seconds_total: {
    type: 'counter',
    labels: [],
    help: 'Time the event loop was at work since the start.',
  },
  ductile_log_lines_lost_total: {
    type: 'counter',
    labels: [],
    help: 'Lines that the log in the state directory could not keep.',
  },
  ductile_trace_spans_total: {
    type: 'counter',
    labels: ['result'],
    help: 'Spans for service.otlp: sent, or dropped because the collector refused or could not be reached.',
  },
  process_cpu_seconds_total: { type: 'counter', labels: [], help: 'Processor time of the gateway itself.' },
  process_resident_memory_bytes: { type: 'gauge', labels: [], help: 'Resident memory of the gateway itself.' },
  process_start_time_seconds: { type: 'gauge', labels: [], help: 'When the gateway started, since the epoch.' },
} as const satisfies Readonly<Record<string, MetricSpec>>;

/** The name of a metric. */
export type MetricName = keyof typeof METRICS;
