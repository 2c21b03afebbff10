import type { Json } from './json.ts';

/** Why something did or did not happen. */
export const DECISION_CODES = {
  route_taken: 'The route matched and made a job.',
  route_condition_false: 'The condition of the route was false.',
  route_condition_error: 'The condition, mapping or key of the route could not be evaluated.',
  route_payload_too_large: 'The payload that the route makes is larger than the limit of its target.',
  route_max_depth: 'The chain of routes is longer than service.max_depth.',
  route_target_disabled: 'The instance that the route leads to is disabled or gone.',
  event_duplicate: 'An event with this id was already recorded from the same source.',
  event_unrouted: 'No route matched the event.',
  job_duplicate: 'A job with the same dedupe key absorbed the draft.',
  delivery_repeat: 'The delivery had come before; it counts as a repeat of the first one.',
  delivery_run: 'Somebody had a delivery run that was only observed.',
  job_retried: 'Somebody put the job back into the queue, or made it due at once.',
  job_replayed: 'Somebody had the job run again as a new job.',
  job_orphaned: 'The gateway ended while the job was running; it runs again.',
  suspect_waits: 'The gateway ended twice in a row while the job was running; it runs alone, after the others.',
  suspect_runs: 'The job runs alone: nothing else starts until it has ended.',
  instance_removed: 'A reload removed the instance of the job.',
  plugin_missing: 'The instance of the job is no longer configured.',
  instance_unhealthy: 'The init of the instance has not succeeded; its jobs wait for it, up to service.max_hold.',
  instance_healthy: 'The init of the instance succeeded; its jobs run.',
  held_cap: 'Due jobs of the instance waited, because as many ran as its concurrency allows.',
  held_rate: 'Due jobs of the instance waited for its rate limit.',
  instance_paused: 'The instance was paused; its jobs wait until somebody resumes it.',
  instance_resumed: 'The instance was resumed.',
  gateway_paused: 'The whole gateway was paused; jobs wait until somebody resumes it.',
  gateway_resumed: 'The gateway was resumed.',
  schedule_paused: 'The schedule was paused; its slots are skipped until somebody resumes it.',
  schedule_resumed: 'The schedule was resumed.',
  state_changed: 'Somebody changed the state of the instance.',
  slot_overlap: 'The previous run of the schedule was not finished.',
  slot_missed: 'The slot fell into downtime and catch_up does not make up for it.',
  slot_window: 'The slot lay outside the window and was folded into the run at the next opening.',
  slot_dst_gap: 'The slot fell into a gap of the clock and dst.gap is skip.',
  slot_skipped: 'Somebody asked to skip this slot.',
  slot_paused: 'The schedule, its instance or the whole gateway was paused.',
  slot_disabled: 'The instance of the schedule is disabled.',
  slot_breaker_open: 'The circuit breaker of the command is open.',
  slot_breaker_half_open: 'The circuit breaker waits for its probe to end.',
  breaker_opened: 'Scheduled jobs of the command failed too often in a row.',
  breaker_closed: 'The probe of the circuit breaker succeeded.',
  expectation_missed: 'What was expected was not seen in time.',
  expectation_recovered: 'What had been missed is as expected again.',
  failures_untold: 'Nobody was told of failures, since the instance of service.on_failure is disabled.',
  backup_failed: 'A backup of the plan could not be made; it is tried again.',
  heartbeat_failed: 'The heartbeat address did not answer as it should.',
  heartbeat_restored: 'The heartbeat address answers again.',
} as const;

/** A stable code of a decision. */
export type DecisionCode = keyof typeof DECISION_CODES;

/** A recorded reason. Repeats with one `collapseKey` become one row with a count. */
export interface Decision {
  readonly code: DecisionCode;
  readonly at: number;
  /** One sentence for people. */
  readonly text: string;
  readonly jobId: string | null;
  readonly eventId: string | null;
  readonly instance: string | null;
  /** `<instance>/<schedule>`. */
  readonly schedule: string | null;
  readonly route: string | null;
  /** What the decision saw. */
  readonly values: Json;
  /** Repeats under the same key are counted; null: never collapsed. */
  readonly collapseKey: string | null;
}
