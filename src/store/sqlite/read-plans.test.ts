import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { expectPlans } from '../../../test/expect-plans.ts';
import { draftOf, instanceOf, syncInstances } from '../contract-values.ts';
import type { DecisionFilter } from '../port/decisions.ts';
import { Connection } from './connection.ts';
import { DATABASE_FILE, openSqliteStore } from './open.ts';
import {
  CHANGED_ATTEMPT,
  CHANGED_DECISION,
  CHANGED_EVENT,
  CHANGED_JOB,
  CHANGES,
  CHANGES_KEPT,
} from './read-changes.ts';
import { decisionsQuery } from './read-decisions.ts';
import { TYPES_BETWEEN } from './read-events.ts';
import { ATTEMPTS_FROM, JOB } from './read-jobs.ts';
import {
  TRACE_BADLY,
  TRACE_CAUSES,
  TRACE_CHILDREN,
  TRACE_DELIVERY_OF_EVENT,
  TRACE_DELIVERY_OF_JOB,
  TRACE_EVENT_DECISIONS,
  TRACE_EVENTS,
  TRACE_JOB,
  TRACE_JOB_DECISIONS,
  TRACE_OLDEST,
  TRACE_PARENT,
  TRACE_REPLAYED,
  TRACE_REPLAYS_OF,
  TRACE_RESULTS,
  TRACE_ROOTS,
  TRACE_SLOT,
  TRACE_TOTALS,
} from './read-trace.ts';
import { TRACED_ATTEMPTS } from './traced-attempts.ts';

function decisions(filter: DecisionFilter, recent: readonly number[] | null = null): string {
  return decisionsQuery(filter, { before: 9, recent }).sql;
}

/** The plan of everything that is looked at by id, followed or traced, subquery numbers left out. */
const PLANS: Readonly<Record<string, readonly [sql: string, plan: readonly string[]]>> = {
  JOB: [
    JOB,
    [
      'SEARCH jobs USING INDEX jobs_by_id (id=?)',
      'CORRELATED SCALAR SUBQUERY',
      'SEARCH payloads USING INTEGER PRIMARY KEY (rowid=?)',
      'CORRELATED SCALAR SUBQUERY',
      'SEARCH deliveries USING INTEGER PRIMARY KEY (rowid=?)',
      'CORRELATED SCALAR SUBQUERY',
      'SEARCH events USING INTEGER PRIMARY KEY (rowid=?)',
      'CORRELATED SCALAR SUBQUERY',
      'SEARCH deliveries USING INTEGER PRIMARY KEY (rowid=?)',
      'CORRELATED SCALAR SUBQUERY',
      'SEARCH results USING INTEGER PRIMARY KEY (rowid=?)',
    ],
  ],
  ATTEMPTS_FROM: [
    ATTEMPTS_FROM,
    [
      'SEARCH attempts USING INDEX attempts_by_job (job_seq=? AND attempt>?)',
      'SCALAR SUBQUERY',
      'SEARCH jobs USING COVERING INDEX jobs_by_id (id=?)',
    ],
  ],
  TYPES_BETWEEN: [
    TYPES_BETWEEN,
    [
      'CO-ROUTINE types',
      'SETUP',
      'SEARCH events USING COVERING INDEX events_by_type (type>? AND type<?)',
      'RECURSIVE STEP',
      'SCAN types',
      'CORRELATED SCALAR SUBQUERY',
      'SEARCH events USING COVERING INDEX events_by_type (type>? AND type<?)',
      'SCAN types',
    ],
  ],
  TRACED_ATTEMPTS: [
    TRACED_ATTEMPTS,
    [
      'SCAN wanted VIRTUAL TABLE INDEX 1:',
      'SEARCH jobs USING INTEGER PRIMARY KEY (rowid=?)',
      'SEARCH a USING INDEX attempts_by_job (job_seq=? AND attempt>?)',
      'CORRELATED SCALAR SUBQUERY',
      'SEARCH s USING INDEX state_versions_by_age (at=?)',
      'USE TEMP B-TREE FOR ORDER BY',
    ],
  ],
  TRACE_BADLY: [
    TRACE_BADLY,
    ['CO-ROUTINE (subquery)', 'SEARCH jobs USING INDEX jobs_lineage (root_job_id=?)', 'SCAN (subquery)'],
  ],
  TRACE_CAUSES: [
    TRACE_CAUSES,
    ['SEARCH events USING INDEX events_by_id (id=?)', 'LIST SUBQUERY', 'SCAN json_each VIRTUAL TABLE INDEX 1:'],
  ],
  TRACE_CHILDREN: [TRACE_CHILDREN, ['SEARCH jobs USING INDEX jobs_by_parent (parent_job_id=?)']],
  TRACE_DELIVERY_OF_EVENT: [
    TRACE_DELIVERY_OF_EVENT,
    ['SEARCH deliveries USING INDEX deliveries_by_event (event_id=?)'],
  ],
  TRACE_DELIVERY_OF_JOB: [TRACE_DELIVERY_OF_JOB, ['SEARCH deliveries USING INDEX deliveries_by_job (job_id=?)']],
  TRACE_EVENTS: [
    TRACE_EVENTS,
    ['SEARCH events USING INDEX events_by_job (job_id=?)', 'LIST SUBQUERY', 'SCAN json_each VIRTUAL TABLE INDEX 1:'],
  ],
  TRACE_EVENT_DECISIONS: [
    TRACE_EVENT_DECISIONS,
    [
      'SEARCH decisions USING INDEX decisions_by_event (event_id=?)',
      'LIST SUBQUERY',
      'SCAN json_each VIRTUAL TABLE INDEX 1:',
    ],
  ],
  TRACE_JOB: [TRACE_JOB, ['SEARCH jobs USING INDEX jobs_by_id (id=?)']],
  TRACE_JOB_DECISIONS: [
    TRACE_JOB_DECISIONS,
    [
      'SEARCH decisions USING INDEX decisions_by_job (job_id=?)',
      'LIST SUBQUERY',
      'SCAN json_each VIRTUAL TABLE INDEX 1:',
    ],
  ],
  TRACE_OLDEST: [TRACE_OLDEST, ['SEARCH jobs USING INDEX jobs_lineage (root_job_id=?)']],
  TRACE_PARENT: [
    TRACE_PARENT,
    ['SEARCH jobs USING INDEX jobs_by_id (id=?)', 'SCALAR SUBQUERY', 'SEARCH jobs USING INDEX jobs_by_id (id=?)'],
  ],
  TRACE_REPLAYED: [
    TRACE_REPLAYED,
    [
      'SCAN original VIRTUAL TABLE INDEX 1:',
      'SEARCH replays USING COVERING INDEX replays_by_original (replay_of=?)',
      'SEARCH jobs USING INTEGER PRIMARY KEY (rowid=?)',
    ],
  ],
  TRACE_REPLAYS_OF: [
    TRACE_REPLAYS_OF,
    ['SEARCH replays USING INTEGER PRIMARY KEY (rowid=?)', 'LIST SUBQUERY', 'SCAN json_each VIRTUAL TABLE INDEX 1:'],
  ],
  TRACE_RESULTS: [
    TRACE_RESULTS,
    ['SEARCH results USING INTEGER PRIMARY KEY (rowid=?)', 'LIST SUBQUERY', 'SCAN json_each VIRTUAL TABLE INDEX 1:'],
  ],
  TRACE_ROOTS: [TRACE_ROOTS, ['SEARCH jobs USING INDEX jobs_by_event (source_event_id=?)']],
  TRACE_SLOT: [
    TRACE_SLOT,
    [
      'CO-ROUTINE (subquery)',
      'SEARCH slots USING PRIMARY KEY (instance=? AND schedule=? AND slot_at<?)',
      'SCAN (subquery)',
    ],
  ],
  TRACE_TOTALS: [
    TRACE_TOTALS,
    [
      'CO-ROUTINE (subquery)',
      'SEARCH jobs USING INDEX jobs_lineage (root_job_id=?)',
      'SCAN (subquery)',
      'USE TEMP B-TREE FOR GROUP BY',
    ],
  ],
  CHANGED_ATTEMPT: [CHANGED_ATTEMPT, ['SEARCH attempts USING INDEX attempts_by_job (job_seq=? AND attempt=?)']],
  CHANGED_DECISION: [CHANGED_DECISION, ['SEARCH decisions USING INTEGER PRIMARY KEY (rowid=?)']],
  CHANGED_EVENT: [CHANGED_EVENT, ['SEARCH events USING INTEGER PRIMARY KEY (rowid=?)']],
  CHANGED_JOB: [CHANGED_JOB, ['SEARCH jobs USING INTEGER PRIMARY KEY (rowid=?)']],
  CHANGES: [CHANGES, ['SEARCH changes USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)']],
  CHANGES_KEPT: [
    CHANGES_KEPT,
    ['SCAN CONSTANT ROW', 'SCALAR SUBQUERY', 'SEARCH changes', 'SCALAR SUBQUERY', 'SEARCH changes'],
  ],
  'list decisions': [decisions({}), ['SEARCH decisions USING INTEGER PRIMARY KEY (rowid<?)']],
  'list decisions of a code': [
    decisions({ code: 'job_orphaned' }),
    ['SEARCH decisions USING INDEX decisions_by_code (code=? AND rowid<?)'],
  ],
  'list decisions of a job': [
    decisions({ jobId: 'a' }),
    ['SEARCH decisions USING INDEX decisions_by_job (job_id=? AND rowid<?)'],
  ],
  'list recent decisions': [
    decisions({ since: 1 }, [1]),
    ['SEARCH decisions USING INTEGER PRIMARY KEY (rowid=?)', 'LIST SUBQUERY', 'SCAN json_each VIRTUAL TABLE INDEX 1:'],
  ],
};

let dir: string;
before(() => {
  dir = mkdtempSync(join(tmpdir(), 'ductile-plans-'));
});
after(() => rmSync(dir, { recursive: true, force: true }));

test('a look at one job, event or lineage takes its indexes in an empty database', async () => {
  await openSqliteStore({ dir }).close();
  expectPlans(dir, PLANS);
});

test('it takes the same indexes when the planner has statistics of one large lineage', async () => {
  const store = openSqliteStore({ dir });
  await syncInstances(store, [instanceOf('alpha')]);
  const drafts = Array.from({ length: 2_000 }, (_, index) =>
    draftOf(`job${index}`, { rootJobId: 'job0', parentJobId: 'job0' }),
  );
  await store.commit({ kind: 'enqueue', drafts });
  await store.close();
  const db = new Connection(join(dir, DATABASE_FILE));
  db.exec('ANALYZE');
  db.close();
  expectPlans(dir, PLANS);
});
