import { z } from 'zod';
import { ATTEMPT_OUTCOMES, JOB_STATUSES } from '../../domain/job.ts';
import type { LogPart } from '../../engine/operations.ts';
import { systemClock } from '../../platform/clock.ts';
import { EVENT_STREAM_HEADERS, eventStream, type ServerSentEvent } from '../event-stream.ts';
import { instantAnswer, jsonAnswer } from './answer-schemas.ts';
import { idParameter } from './fields.ts';
import { logPartView, logsView } from './logs-view.ts';
import { maskedAnswer } from './masked-answer.ts';
import { instanceOfJob, type Route, route } from './route.ts';

/** How long the head of a stream waits for its first event, in milliseconds. */
const SOON_MS = 100;

const attemptNumber = z.coerce.number().int().min(1).max(1_000_000_000);
const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: attemptNumber.nullable().default(null),
});
const streamQuery = z.strictObject({
  attempt: attemptNumber.nullable().default(null),
  follow: z.enum(['true', 'false']).default('true'),
});

const logsAnswer = z
  .strictObject({
    job_id: z.string(),
    status: z.enum(JOB_STATUSES),
    attempts: z.array(
      z.strictObject({
        attempt: z.int(),
        outcome: z.enum(ATTEMPT_OUTCOMES).nullable(),
        started_at: instantAnswer.nullable(),
        ended_at: instantAnswer.nullable(),
        stderr: z.string(),
        stderr_bytes: z.int(),
        stderr_file: z.string().nullable(),
        logs: z.array(z.strictObject({ level: z.string(), message: z.string(), fields: jsonAnswer })),
        logs_dropped: z.int(),
      }),
    ),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: 'JobLogs' });

const list = route({
  method: 'GET',
  path: '/jobs/:id/logs',
  scope: 'read',
  reach: instanceOfJob,
  summary: 'Lists what the attempts of a job said on stderr and in log entries, oldest attempt first.',
  tag: 'jobs',
  params: idParameter,
  query: pageQuery,
  body: null,
  answers: { 200: { means: 'A page of attempts with what they said.', schema: logsAnswer } },
  errors: ['not_found'],
  async handle({ params: { id }, query: { limit, cursor } }, { operations }) {
    return { status: 200, body: logsView(await operations.logsPage({ jobId: id, from: cursor ?? 1, limit })) };
  },
});

const stream = route({
  method: 'GET',
  path: '/jobs/:id/logs/stream',
  scope: 'read',
  reach: instanceOfJob,
  summary: 'Streams what a job says as server-sent events, whole, and while it runs as it comes; ends with the job.',
  tag: 'jobs',
  params: idParameter,
  query: streamQuery,
  body: null,
  answers: {
    200: {
      means: 'Server-sent events: `attempt`, `stderr`, `log`, `attempt_ended`, and `end` as the last.',
      schema: z.string(),
      contentType: 'text/event-stream',
    },
  },
  errors: ['not_found', 'too_many_streams'],
  async handle({ params: { id }, query: { attempt, follow } }, { operations, gone }) {
    const parts = operations.logs({ jobId: id, attempt, follow: follow === 'true', signal: gone() });
    // What refuses does so at once, while there still is a status to say it with; a job that waits says nothing for long.
    const first = parts.next();
    await soon(first);
    const body = eventStream(eventsOf(first, parts), {
      clock: systemClock,
      json: (data) => maskedAnswer(data, operations.snapshot().redactor),
    });
    return { status: 200, body, headers: EVENT_STREAM_HEADERS };
  },
});

/** Resolves with a promise, or once it has kept somebody waiting; rejects with it. */
async function soon(promise: Promise<unknown>): Promise<void> {
  let cancel = (): void => {};
  const late = new Promise<void>((resolve) => {
    cancel = systemClock.after(SOON_MS, resolve);
  });
  try {
    await Promise.race([promise, late]);
  } finally {
    cancel();
  }
}

async function* eventsOf(
  first: Promise<IteratorResult<LogPart, void>>,
  rest: AsyncGenerator<LogPart, void, undefined>,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  try {
    // Says nothing; the head goes out with it.
    yield {};
    for (let part = await first; part.done !== true; part = await rest.next()) {
      yield { event: part.value.kind, data: logPartView(part.value) };
    }
  } finally {
    await rest.return();
  }
}

/** `/jobs/:id/logs` and its stream. */
export const LOG_ROUTES: readonly Route[] = [list, stream];
