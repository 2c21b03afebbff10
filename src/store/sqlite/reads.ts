import type { Reads } from '../port.ts';
import type { Connection } from './connection.ts';
import { lineageDone } from './lineage.ts';
import { listJobs } from './list-jobs.ts';
import { readCounts } from './read-counts.ts';
import { readDecisions } from './read-decisions.ts';
import { readEvent, readEvents } from './read-events.ts';
import {
  readAttempts,
  readChildren,
  readJob,
  readLineage,
  readQueued,
  readRunning,
  readStranded,
} from './read-jobs.ts';
import { readBreakers, readSchedules } from './read-schedules.ts';
import { storageError } from './sqlite-error.ts';
import { currentState } from './state-versions.ts';

/** Reading on a connection of its own; every answer comes from one snapshot of the database. `onCall` is told of each. */
export function createReads(db: Connection, onCall: () => void): Reads {
  async function answer<T>(query: () => T): Promise<T> {
    onCall();
    try {
      return db.transaction(query, 'BEGIN');
    } catch (error) {
      throw storageError(error);
    }
  }

  return {
    job: (id) => answer(() => readJob(db, id)),
    jobs: (filter, page) => answer(() => listJobs(db, filter, page)),
    attempts: (jobId) => answer(() => readAttempts(db, jobId)),
    children: (jobId) => answer(() => readChildren(db, jobId)),
    lineage: (rootJobId) => answer(() => readLineage(db, rootJobId)),
    lineageDone: (rootJobId) => answer(() => lineageDone(db, rootJobId)),
    running: () => answer(() => readRunning(db)),
    stranded: (limit) => answer(() => readStranded(db, limit)),
    event: (id) => answer(() => readEvent(db, id)),
    events: (filter, page) => answer(() => readEvents(db, filter, page)),
    decisions: (filter, page) => answer(() => readDecisions(db, filter, page)),
    schedules: () => answer(() => readSchedules(db)),
    breakers: () => answer(() => readBreakers(db)),
    state: (instance) => answer(() => currentState(db, instance)),
    queued: (limit) => answer(() => readQueued(db, limit)),
    counts: (now) => answer(() => readCounts(db, now)),
  };
}
