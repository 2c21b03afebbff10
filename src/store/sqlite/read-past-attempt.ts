import type { PastAttempt } from '../port/attempts.ts';
import { ATTEMPT_COLUMNS, type AttemptRow, attemptOf } from './attempt-row.ts';
import { givenTo } from './claim.ts';
import { readTemplate } from './config-versions.ts';
import type { Connection } from './connection.ts';
import { JOB_COLUMNS, type JobRow } from './job-row.ts';
import { readStateVersion } from './state-versions.ts';

const JOB = `SELECT ${JOB_COLUMNS} FROM jobs WHERE id = ?`;
const ATTEMPT = `SELECT ${ATTEMPT_COLUMNS} FROM attempts WHERE job_seq = ? AND attempt = ?`;

/** An attempt that has ended with everything that it was given, or null when there is none. */
export function readPastAttempt(db: Connection, jobId: string, attempt: number): PastAttempt | null {
  const row = db.get<JobRow>(JOB, jobId);
  const found = row === undefined ? undefined : db.get<AttemptRow>(ATTEMPT, row.seq, attempt);
  if (row === undefined || found === undefined) return null;
  const record = attemptOf(found);
  const { instance } = row;
  return {
    ...givenTo(db, { ...row, attempt }),
    record,
    state: readStateVersion(db, instance, record.stateVersion)?.value ?? null,
    template: readTemplate(db, { version: record.configVersion, instance }),
  };
}
