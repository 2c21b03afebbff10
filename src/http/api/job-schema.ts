import { z } from 'zod';
import { ATTEMPT_OUTCOMES, JOB_STATUSES } from '../../domain/job.ts';
import { errorAnswer, instantAnswer, jsonAnswer } from './answer-schemas.ts';
import { storedDecisionAnswer } from './decision-schema.ts';
import { eventAnswer } from './event-schema.ts';

const summary = {
  id: z.string(),
  instance: z.string(),
  plugin: z.string(),
  command: z.string(),
  status: z.enum(JOB_STATUSES),
  priority: z.int(),
  attempt: z.int(),
  attempts_used: z.int(),
  max_attempts: z.int(),
  suspect: z.boolean(),
  run_at: instantAnswer,
  lease_expires_at: instantAnswer.nullable(),
  owner: z.string().nullable(),
  dedupe_key: z.string().nullable(),
  idempotency_key: z.string(),
  submitted_by: z.string(),
  parent_job_id: z.string().nullable(),
  root_job_id: z.string(),
  source_event_id: z.string().nullable(),
  depth: z.int(),
  config_version: z.string(),
  created_at: instantAnswer,
  started_at: instantAnswer.nullable(),
  completed_at: instantAnswer.nullable(),
  last_error: errorAnswer.nullable(),
};

/** A job as lists show it: every field but `payload` and `result`. */
export const jobSummaryAnswer = z.strictObject(summary).meta({ id: 'JobSummary' });

/** A job with its payload and result. */
export const jobAnswer = z.strictObject({ ...summary, payload: jsonAnswer, result: jsonAnswer }).meta({ id: 'Job' });

/** One attempt with its evidence; of the one in progress only the first fields are known. */
export const attemptAnswer = z
  .strictObject({
    attempt: z.int(),
    outcome: z.enum(ATTEMPT_OUTCOMES).nullable(),
    started_at: instantAnswer.nullable(),
    ended_at: instantAnswer.nullable(),
    duration_ms: z.int().optional(),
    pid: z.int().nullable().optional(),
    exit_code: z.int().nullable(),
    signal: z.string().nullable(),
    error: errorAnswer.nullable(),
    retry_at: instantAnswer.nullable().optional(),
    stderr: z.string().nullable(),
    stderr_bytes: z.int().optional(),
    stderr_file: z.string().nullable().optional(),
    logs: z.array(jsonAnswer),
    logs_dropped: z.int().optional(),
    warnings: z.array(z.string()).optional(),
    response: jsonAnswer,
    response_truncated: z.boolean().optional(),
    raw_output: z.string().nullable().optional(),
    config_version: z.string().optional(),
    state_version: z.int().optional(),
  })
  .meta({ id: 'Attempt' });

/** Why due jobs wait. */
export const heldAnswer = z.strictObject({ reason: z.string(), until: instantAnswer.nullable() }).meta({ id: 'Held' });

/** A job with its attempts, events, children, lineage and decisions. */
export const jobDetailAnswer = z
  .strictObject({
    ...jobAnswer.shape,
    held: heldAnswer.nullable(),
    replay_of: z.string().nullable(),
    replays: z.array(z.string()),
    attempts: z.array(attemptAnswer),
    events: z.array(eventAnswer),
    children: z.array(jobSummaryAnswer),
    lineage: z.array(
      z.strictObject({
        job_id: z.string(),
        instance: z.string(),
        command: z.string(),
        status: z.enum(JOB_STATUSES),
        submitted_by: z.string(),
        event_id: z.string().nullable(),
        event_type: z.string().nullable(),
      }),
    ),
    decisions: z.array(storedDecisionAnswer),
  })
  .meta({ id: 'JobDetail' });

/** What became of a submission. */
export const submittedAnswer = z
  .strictObject({
    job_id: z.string(),
    duplicate: z.boolean(),
    status: z.enum(JOB_STATUSES),
    payload_differs: z.literal(true).optional(),
  })
  .meta({ id: 'Submitted' });
