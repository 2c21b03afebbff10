import { afterJob, type Breaker, CLOSED } from '../../domain/breaker.ts';
import type { Decision } from '../../domain/decision.ts';
import type { Settlement } from '../../domain/settlement.ts';
import type { Command } from '../port/commands.ts';
import type { Connection } from './connection.ts';
import { recordOwnDecision } from './own-decision.ts';
import { recordEvent } from './record-event.ts';

interface BreakerRow {
  readonly state: Breaker['state'];
  readonly failures: number;
  readonly opened_at: number | null;
  readonly probe_job_id: string | null;
}

const READ = 'SELECT state, failures, opened_at, probe_job_id FROM breakers WHERE instance = ? AND command = ?';

const WRITE = `
  INSERT INTO breakers (instance, command, state, failures, opened_at, probe_job_id) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (instance, command) DO UPDATE SET
    state = excluded.state, failures = excluded.failures, opened_at = excluded.opened_at, probe_job_id = excluded.probe_job_id`;

const NOT_CLOSED = "SELECT command, failures FROM breakers WHERE instance = ? AND state <> 'closed' ORDER BY command";

const START_PROBE = `
  UPDATE breakers SET state = 'half_open', probe_job_id = ? WHERE instance = ? AND command = ? AND state = 'open'`;

const LOSE_PROBE = `
  UPDATE breakers SET state = 'open', probe_job_id = NULL
  WHERE instance = ? AND command = ? AND state = 'half_open' AND probe_job_id = ?`;

/** Whose breaker it is. */
interface Scope {
  readonly instance: string;
  readonly command: string;
}

/** Lets a scheduled job that ended for good tell its breaker, and records when that opens or closes. */
export function feedBreaker(
  db: Connection,
  job: { readonly id: string; readonly instance: string },
  news: NonNullable<Settlement['breaker']>,
  now: number,
): void {
  const scope = { instance: job.instance, command: news.command };
  const before = readBreaker(db, scope);
  const after = afterJob(before, { ...news, jobId: job.id, now });
  if (same(before, after)) return;
  writeBreaker(db, scope, after);
  if (before.state === after.state) return;
  recordOwnDecision(db, change(scope, { jobId: job.id, breaker: after, now }));
  if (news.routed !== null) recordEvent(db, news.routed);
}

/** Closes every breaker of an instance that is not closed, and records so; returns the commands. */
export function closeBreakersOf(
  db: Connection,
  { instance, at: now, routed }: Extract<Command, { kind: 'close_breakers' }>,
): readonly string[] {
  const open = db.all<{ command: string; failures: number }>(NOT_CLOSED, instance);
  for (const { command, failures } of open) {
    writeBreaker(db, { instance, command }, CLOSED);
    recordOwnDecision(db, {
      ...change({ instance, command }, { jobId: null, breaker: { ...CLOSED, failures }, now }),
      text: `The circuit breaker of ${instance} ${command} closed: the instance was reset.`,
    });
    const event = routed.find((one) => one.command === command)?.routed ?? null;
    if (event !== null) recordEvent(db, event);
  }
  return open.map(({ command }) => command);
}

/** Makes `jobId` the one job that the open breaker lets through; when it is not open any more, the job is one like others. */
export function startProbe(db: Connection, { instance, command }: Scope, jobId: string): void {
  db.run(START_PROBE, jobId, instance, command);
}

/** Opens the breaker again when its probe ended without telling whether the command works, so that the next slot probes. */
export function loseProbe(
  db: Connection,
  job: { readonly id: string; readonly instance: string; readonly command: string },
): void {
  db.run(LOSE_PROBE, job.instance, job.command, job.id);
}

function readBreaker(db: Connection, { instance, command }: Scope): Breaker {
  const row = db.get<BreakerRow>(READ, instance, command);
  if (row === undefined) return CLOSED;
  return { state: row.state, failures: row.failures, openedAt: row.opened_at, probeJobId: row.probe_job_id };
}

function writeBreaker(db: Connection, { instance, command }: Scope, breaker: Breaker): void {
  db.run(WRITE, instance, command, breaker.state, breaker.failures, breaker.openedAt, breaker.probeJobId);
}

function same(one: Breaker, other: Breaker): boolean {
  return (
    one.state === other.state &&
    one.failures === other.failures &&
    one.openedAt === other.openedAt &&
    one.probeJobId === other.probeJobId
  );
}

function change(
  { instance, command }: Scope,
  { jobId, breaker, now }: { readonly jobId: string | null; readonly breaker: Breaker; readonly now: number },
): Decision {
  const closed = breaker.state === 'closed';
  return {
    code: closed ? 'breaker_closed' : 'breaker_opened',
    at: now,
    text: closed
      ? `The circuit breaker of ${instance} ${command} closed: its scheduled job succeeded.`
      : `The circuit breaker of ${instance} ${command} opened after ${breaker.failures} scheduled jobs in a row ended failed or dead.`,
    jobId,
    eventId: null,
    instance,
    schedule: null,
    route: null,
    values: { command, failures: breaker.failures },
    collapseKey: null,
  };
}
