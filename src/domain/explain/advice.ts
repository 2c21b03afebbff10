import type { Decision, DecisionCode } from '../decision.ts';
import { isJsonObject } from '../json.ts';

type About = Pick<Decision, 'code' | 'instance' | 'route' | 'schedule' | 'jobId' | 'values'>;
type Advice = (about: { readonly [name in 'instance' | 'route' | 'schedule' | 'job' | 'paused']: string }) => string;

const ADVICE: { readonly [code in DecisionCode]: Advice | null } = {
  route_taken: null,
  route_condition_false: ({ route }) =>
    `If it should have been taken, change \`when\` of the route ${route}; \`ductile route test\` tries it on a payload.`,
  route_condition_error: ({ route }) =>
    `Mend the expression of the route ${route}, or what emits the event; \`ductile route test\` tries it on a payload.`,
  route_payload_too_large: ({ route }) =>
    `Pass on less with \`with\` in the route ${route}, or raise \`limits.job_payload\` of its target.`,
  route_max_depth: () => 'Look for a circle of routes with `ductile check`, or raise `service.max_depth`.',
  route_target_disabled: ({ instance }) => `Set plugins.${instance}.enabled to true and run \`ductile reload\`.`,
  event_duplicate: () => 'Nothing: the event was already routed. A new occurrence needs an `event_id` of its own.',
  event_unrouted: () =>
    'Add a route with this `event_type` and run `ductile reload`; `ductile route test` tries it first.',
  job_duplicate: () => 'Nothing: the job that holds the key does the work. Use another dedupe key if both should run.',
  delivery_repeat: () => 'Nothing: the delivery that came first does the work.',
  delivery_run: null,
  job_retried: null,
  job_replayed: null,
  job_orphaned: () => 'Nothing: it runs again by itself.',
  suspect_waits: ({ job }) => `Wait until nothing else runs, or clear it with \`ductile job retry ${job}\`.`,
  suspect_runs: ({ job }) => `Wait until it has ended, or end it with \`ductile job cancel ${job}\`.`,
  instance_removed: ({ instance }) => `Configure ${instance} again and run \`ductile reload\` to have its jobs back.`,
  plugin_missing: ({ instance }) => `Configure ${instance} again, then retry its jobs with \`ductile job retry\`.`,
  instance_unhealthy: ({ instance }) =>
    `Mend what its init complains of (\`ductile explain instance:${instance}\`), then \`ductile instance reset ${instance}\`.`,
  instance_healthy: null,
  held_cap: ({ instance }) => `Raise plugins.${instance}.concurrency if its plugin may run more often at a time.`,
  held_rate: ({ instance }) => `Raise plugins.${instance}.rate_limit if the other side allows more.`,
  instance_paused: ({ instance }) => `\`ductile resume ${instance}\` lets it go on.`,
  instance_resumed: null,
  gateway_paused: () => '`ductile resume` lets the gateway go on.',
  gateway_resumed: null,
  state_changed: null,
  slot_overlap: ({ job, schedule }) =>
    `See what keeps the previous run: \`ductile explain ${job}\`; or set overlap: queue or cancel of ${schedule}.`,
  slot_missed: ({ schedule }) =>
    `Set \`catch_up\` of ${schedule} to make up for downtime: \`latest\` runs the last slot of it, \`all\` up to 100.`,
  slot_window: ({ schedule }) => `Widen the window of ${schedule} if it should run then.`,
  slot_dst_gap: ({ schedule }) => `Set dst.gap: after of ${schedule} to run such a slot at the end of the gap.`,
  slot_skipped: ({ schedule }) =>
    `Nothing: the slots after it run. \`ductile schedule run ${schedule}\` makes up for it.`,
  slot_paused: ({ paused, instance, schedule }) => RESUME[paused]?.({ instance, schedule }) ?? RESUME_ANY,
  slot_disabled: ({ instance }) => `Set plugins.${instance}.enabled to true and run \`ductile reload\`.`,
  slot_breaker_open: ({ instance }) =>
    `Mend what makes its jobs fail (\`ductile job list --instance ${instance}\`), then \`ductile instance reset ${instance}\`.`,
  slot_breaker_half_open: () => 'Wait for the probe to end; its success lets the slots run again.',
  breaker_opened: ({ instance }) => `Mend what makes its jobs fail, then \`ductile instance reset ${instance}\`.`,
  breaker_closed: null,
  schedule_paused: ({ schedule }) => `\`ductile schedule resume ${schedule}\` lets its slots run again.`,
  schedule_resumed: null,
  expectation_missed: () =>
    'Look at what should have made it happen (`ductile explain <schedule or instance>`); `ductile expect list` shows when it was seen last.',
  expectation_recovered: null,
  backup_failed: () => 'Look at the folder of `service.backup.dir` and its disk; `ductile status` says since when.',
  failures_untold: ({ instance }) =>
    `Set plugins.${instance}.enabled to true, or name another instance in service.on_failure.`,
  heartbeat_failed: () =>
    'See that `service.heartbeat_url` can be reached from this machine; it is called again in a minute.',
  heartbeat_restored: null,
};

const RESUME_ANY =
  '`ductile resume` lets the gateway go on, `ductile resume <instance>` one instance, `ductile schedule resume <schedule>` one schedule.';
const RESUME: Readonly<Record<string, (about: { readonly instance: string; readonly schedule: string }) => string>> = {
  gateway: () => '`ductile resume` lets the gateway go on.',
  instance: ({ instance }) => `\`ductile resume ${instance}\` lets its slots run again.`,
  schedule: ({ schedule }) => `\`ductile schedule resume ${schedule}\` lets its slots run again.`,
};

/** What would change a decision of this kind; null: nothing needs to. */
export function adviceOn({ code, instance, route, schedule, jobId, values }: About): string | null {
  const { job_id: seen, paused } = isJsonObject(values) ? values : {};
  const job = typeof seen === 'string' ? seen : (jobId ?? '<job>');
  return (
    ADVICE[code]?.({
      instance: instance ?? '<instance>',
      route: route ?? '<route>',
      schedule: schedule ?? '<schedule>',
      job,
      paused: typeof paused === 'string' ? paused : '',
    }) ?? null
  );
}
