import { nextTurn } from '../../platform/next-turn.ts';
import type { Reads } from '../port.ts';
import { readConfigText, readConfigVersions } from './config-versions.ts';
import type { Connection } from './connection.ts';
import { readExpectations } from './expectation-rows.ts';
import { activeBelow, lineageDone } from './lineage.ts';
import { listJobs } from './list-jobs.ts';
import { readOnce } from './once.ts';
import { readChanges, readChangesKept } from './read-changes.ts';
import { readCounts } from './read-counts.ts';
import { readDeadGroup, readDeadGroups, readDeadJobs } from './read-dead.ts';
import { readDecisions } from './read-decisions.ts';
import { readDeliveries, readDelivery, readRejections } from './read-deliveries.ts';
import { readEvent, readEvents } from './read-events.ts';
import {
  readAttempts,
  readAttemptsFrom,
  readChildren,
  readJob,
  readKnown,
  readLineage,
  readQueued,
  readRunning,
  readStranded,
} from './read-jobs.ts';
import { readPastAttempt } from './read-past-attempt.ts';
import { readQueue } from './read-queue.ts';
import { readRetrying } from './read-retrying.ts';
import { readBreakers, readSchedules } from './read-schedules.ts';
import { readOverdue, readStandings } from './read-standings.ts';
import { readCaused, readOrigin, readTrace } from './read-trace.ts';
import { readWebhookCounts } from './read-webhook-counts.ts';
import { readReplays } from './replay-rows.ts';
import { selectJobs } from './select-jobs.ts';
import { READ_HINT, storageError, storeClosed } from './sqlite-error.ts';
import { currentState, readStateVersion } from './state-versions.ts';
import { readToken, readTokens } from './token-rows.ts';
import { readUntold, readUntoldSince } from './untold-rows.ts';

/** Reading on a connection of its own; every answer but counts comes from one snapshot of the database. `onCall` is told of each, `onError` of what ended one. */
export function createReads(
  db: Connection,
  { onCall, onError }: { readonly onCall: () => void; readonly onError: (error: unknown) => void },
): Reads {
  async function answer<T>(query: () => T): Promise<T> {
    onCall();
    return inSnapshot(query);
  }

  /** For what takes long: a snapshot for each step, and a turn of the event loop between them. */
  async function answerInSteps<T>(steps: Generator<undefined, T>): Promise<T> {
    onCall();
    for (;;) {
      const step = inSnapshot(() => steps.next());
      if (step.done === true) return step.value;
      await nextTurn();
    }
  }

  function inSnapshot<T>(query: () => T): T {
    if (!db.isOpen) throw storeClosed();
    try {
      return db.transaction(query, 'BEGIN');
    } catch (error) {
      onError(error);
      throw storageError(error, READ_HINT);
    }
  }

  return {
    job: (id) => answer(() => readJob(db, id)),
    jobs: (filter, page) => answer(() => listJobs(db, filter, page)),
    knows: (jobIds) => answer(() => readKnown(db, jobIds)),
    attempts: (jobId) => answer(() => readAttempts(db, jobId)),
    pastAttempt: (jobId, attempt) => answer(() => readPastAttempt(db, jobId, attempt)),
    attemptsFrom: (range) => answer(() => readAttemptsFrom(db, range)),
    children: (jobId) => answer(() => readChildren(db, jobId)),
    lineage: (rootJobId) => answer(() => readLineage(db, rootJobId)),
    activeBelow: (asked) => answer(() => activeBelow(db, asked)),
    lineageDone: (rootJobId) => answer(() => lineageDone(db, rootJobId)),
    running: () => answer(() => readRunning(db)),
    stranded: (limit) => answer(() => readStranded(db, limit)),
    event: (id) => answer(() => readEvent(db, id)),
    events: (filter, page) => answer(() => readEvents(db, filter, page)),
    decisions: (filter, page) => answer(() => readDecisions(db, filter, page)),
    schedules: () => answer(() => readSchedules(db)),
    deliveries: (filter, page) => answer(() => readDeliveries(db, filter, page)),
    delivery: (id) => answer(() => readDelivery(db, id)),
    rejections: (filter, page) => answer(() => readRejections(db, filter, page)),
    webhookCounts: (since) => answerInSteps(readWebhookCounts(db, since)),
    configVersions: () => answer(() => readConfigVersions(db)),
    configText: (version) => answer(() => readConfigText(db, version)),
    token: (hash) => answer(() => readToken(db, hash)),
    tokens: (filter, page) => answer(() => readTokens(db, filter, page)),
    breakers: () => answer(() => readBreakers(db)),
    expectations: () => answer(() => readExpectations(db)),
    untoldSince: () => answer(() => readUntoldSince(db)),
    untoldFailures: () => answer(() => readUntold(db)),
    standings: () => answer(() => readStandings(db)),
    overdue: (instance, dueBy, limit) => answer(() => readOverdue(db, { instance, dueBy, limit })),
    state: (instance) => answer(() => currentState(db, instance)),
    stateVersion: (instance, version) => answer(() => readStateVersion(db, instance, version)),
    deadGroups: (instance, page) => answer(() => readDeadGroups(db, instance, page)),
    deadGroup: (fingerprint) => answer(() => readDeadGroup(db, fingerprint)),
    deadJobs: (fingerprint, page) => answer(() => readDeadJobs(db, fingerprint, page)),
    replays: (jobId) => answer(() => readReplays(db, jobId)),
    selected: (selection, after) => answer(() => selectJobs(db, selection, after)),
    answered: ({ owner, key, now }) => answer(() => readOnce(db, owner, key, now)),
    queued: (limit) => answer(() => readQueued(db, limit)),
    counts: (now) => answerInSteps(readCounts(db, now)),
    retrying: (now) => answer(() => readRetrying(db, now)),
    caused: (eventId) => answer(() => readCaused(db, eventId)),
    origin: (of) => answer(() => readOrigin(db, of)),
    trace: (request) => answerInSteps(readTrace(db, request)),
    changes: (range) => answer(() => readChanges(db, range)),
    changesKept: () => answer(() => readChangesKept(db)),
    queue: (now) => answerInSteps(readQueue(db, now)),
  };
}
