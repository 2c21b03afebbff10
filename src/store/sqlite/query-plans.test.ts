import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { expectPlans } from '../../../test/expect-plans.ts';
import {
  claimIds,
  deliveryOf,
  draftOf,
  failure,
  instanceOf,
  settlementOf,
  syncInstances,
  T0,
} from '../contract-values.ts';
import { ABSORBING_JOB, EVENT_SEQ, INSERT_JOB, INSERT_PAYLOAD } from './admit.ts';
import {
  CARRIED_PAYLOAD,
  EVENT_BY_SEQ,
  HEAD,
  HELD,
  JOB_BY_SEQ,
  NEXT_DELAYED,
  ONE_WAITING,
  PAYLOAD,
  PREVIOUS_ATTEMPTS,
  PROMOTE,
  SPEND_RATE,
  START,
} from './claim.ts';
import { COUNT_REJECTIONS, HAS_ROOM } from './commands/count-rejections.ts';
import { COUNT_REPEAT, FIRST, INSERT_DELIVERY } from './commands/deliver.ts';
import { END_ATTEMPT, INSERT_ATTEMPT, INSERT_RESULT } from './commands/finish.ts';
import { CLEAR_WAITING, COUNT_RUNNING_JOBS } from './commands/unclean-end.ts';
import { Connection } from './connection.ts';
import { INSERT_DECISION } from './decision-rows.ts';
import { DROP_MARK, END_MARK, GIVE_MARK_BACK, MARK_HOLDER, RETAKE_MARK, TAKE_MARK } from './dedupe-marks.ts';
import { DELIVERY_OF_JOB } from './delivery-row.ts';
import { FIND_SIGNS, FORGET_STEP, LAST_DELIVERY, LAST_OF_STEP, MOVE_STEP } from './delivery-signs.ts';
import { NAME_WORK } from './delivery-work.ts';
import { ACTIVE_BELOW, LINEAGE_ACTIVE } from './lineage.ts';
import { jobsQuery } from './list-jobs.ts';
import { DATABASE_FILE, openSqliteStore } from './open.ts';
import { ACTIVE_INSTANCES, COUNT_ACTIVE, COUNT_ENDED, COUNT_RUNNING } from './read-counts.ts';
import { deliveriesQuery } from './read-deliveries.ts';
import { KNOWN } from './read-jobs.ts';
import { OLDEST_DELAYED, OLDEST_READY } from './read-queue.ts';
import { COUNT_RETRYING } from './read-retrying.ts';
import { COUNT_DELIVERIES, COUNT_REFUSED, COUNT_REPEATS, STEP_END } from './read-webhook-counts.ts';
import { INSERT_EVENT } from './record-event.ts';
import { CURRENT_STATE, INSERT_STATE } from './state-versions.ts';
import { STORED_JOB } from './stored-job.ts';
import { ANYTHING_RUNS, DUE_SUSPECTS } from './suspects.ts';

const ROW = 'SEARCH jobs USING INTEGER PRIMARY KEY (rowid=?)';
const RUNNING = 'SEARCH r USING COVERING INDEX jobs_running (instance=?)';
const SUSPECT_RUNNING = 'SEARCH s USING INDEX jobs_under_watch (suspect=?)';
const PAUSED_GATEWAY = 'SCAN gateway';
const INIT = 'SEARCH n USING INDEX jobs_by_id (id=?)';
const MARK = 'SEARCH dedupe_marks USING PRIMARY KEY (instance=? AND command=? AND key=?)';

const GROUPED = 'USE TEMP B-TREE FOR GROUP BY';

/** What stands apart of a delivery: its repeats and its job. */
const APART = [
  'SEARCH r USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN',
  'SEARCH jobs USING INDEX jobs_by_id (id=?) LEFT-JOIN',
];
/** From the jobs of webhooks that have ended badly, and no others. */
const FAILED = [
  'SCAN b USING INDEX jobs_ended_badly_by_webhook',
  'SEARCH d USING INDEX deliveries_by_job (job_id=? AND rowid<?)',
  ...APART,
  'USE TEMP B-TREE FOR ORDER BY',
];

/** A list reads the rows that it shows and hardly others, in their order. */
const BADLY = {
  ofAll: ['SEARCH jobs USING INDEX jobs_ended_badly (status=? AND rowid<?)'],
  ofOne: ['SEARCH jobs USING INDEX jobs_ended_badly_by_instance (instance=? AND status=? AND rowid<?)'],
};
const LISTED = {
  queued: {
    ofAll: ['SEARCH jobs USING INDEX jobs_active (seq<?)'],
    ofOne: ['SEARCH jobs USING INDEX jobs_active_by_instance (instance=? AND rowid<?)'],
  },
  // No more than the slots.
  running: {
    ofAll: ['SCAN jobs USING INDEX jobs_running', 'USE TEMP B-TREE FOR ORDER BY'],
    ofOne: ['SEARCH jobs USING INDEX jobs_running (instance=? AND rowid<?)'],
  },
  failed: BADLY,
  dead: BADLY,
  cancelled: BADLY,
};

/** The plan of every statement between an enqueue or a delivery and the end of an attempt, and of long lists, subquery numbers left out. */
const PLANS: Readonly<Record<string, readonly [sql: string, plan: readonly string[]]>> = {
  INSERT_JOB: [INSERT_JOB, []],
  INSERT_PAYLOAD: [INSERT_PAYLOAD, []],
  ABSORBING_JOB: [
    ABSORBING_JOB,
    [
      'SEARCH jobs USING INDEX jobs_by_id (id=?)',
      ROW,
      'SEARCH payloads USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN',
      'SEARCH own USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN',
      'SEARCH events USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN',
      'SEARCH inherited USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN',
    ],
  ],
  EVENT_SEQ: [EVENT_SEQ, ['SEARCH events USING COVERING INDEX events_by_id (id=?)', 'USE TEMP B-TREE FOR ORDER BY']],
  TAKE_MARK: [TAKE_MARK, []],
  RETAKE_MARK: [RETAKE_MARK, []],
  MARK_HOLDER: [MARK_HOLDER, [MARK]],
  END_MARK: [END_MARK, [MARK]],
  GIVE_MARK_BACK: [GIVE_MARK_BACK, [MARK]],
  DROP_MARK: [DROP_MARK, [MARK]],
  NEXT_DELAYED: [NEXT_DELAYED, ['SCAN jobs USING COVERING INDEX jobs_delayed']],
  PROMOTE: [PROMOTE, [ROW, 'LIST SUBQUERY', 'SEARCH jobs USING COVERING INDEX jobs_delayed (run_at<?)']],
  HEAD: [
    HEAD,
    [
      'MATERIALIZE heads',
      'SCAN i',
      'SCALAR SUBQUERY',
      SUSPECT_RUNNING,
      'SCALAR SUBQUERY',
      PAUSED_GATEWAY,
      'CORRELATED SCALAR SUBQUERY',
      RUNNING,
      'CORRELATED SCALAR SUBQUERY',
      'SEARCH j USING COVERING INDEX jobs_ready (instance=?)',
      'CORRELATED SCALAR SUBQUERY',
      INIT,
      'SCAN h',
      'SEARCH j USING INTEGER PRIMARY KEY (rowid=?)',
      'USE TEMP B-TREE FOR ORDER BY',
    ],
  ],
  HELD: [
    HELD,
    [
      'SCAN i',
      'SCALAR SUBQUERY',
      PAUSED_GATEWAY,
      'SCALAR SUBQUERY',
      SUSPECT_RUNNING,
      'CORRELATED SCALAR SUBQUERY',
      INIT,
      'CORRELATED SCALAR SUBQUERY',
      RUNNING,
      'SEARCH j EXISTS USING COVERING INDEX jobs_ready (instance=?)',
      'SCALAR SUBQUERY',
      PAUSED_GATEWAY,
      'SCALAR SUBQUERY',
      SUSPECT_RUNNING,
      'CORRELATED SCALAR SUBQUERY',
      INIT,
      'CORRELATED SCALAR SUBQUERY',
      RUNNING,
    ],
  ],
  ONE_WAITING: [
    ONE_WAITING,
    [
      'SEARCH w USING INDEX jobs_by_id (id=?)',
      'SEARCH i USING PRIMARY KEY (name=?)',
      'SEARCH q USING INDEX jobs_by_id (id=?)',
      'CORRELATED SCALAR SUBQUERY',
      INIT,
      'SCALAR SUBQUERY',
      PAUSED_GATEWAY,
      'SCALAR SUBQUERY',
      SUSPECT_RUNNING,
      'CORRELATED SCALAR SUBQUERY',
      RUNNING,
    ],
  ],
  DUE_SUSPECTS: [
    DUE_SUSPECTS,
    [
      SUSPECT_RUNNING,
      'SEARCH i USING PRIMARY KEY (name=?)',
      'SCALAR SUBQUERY',
      PAUSED_GATEWAY,
      'CORRELATED SCALAR SUBQUERY',
      RUNNING,
      'USE TEMP B-TREE FOR ORDER BY',
    ],
  ],
  ANYTHING_RUNS: [ANYTHING_RUNS, ['SCAN jobs USING COVERING INDEX jobs_running']],
  COUNT_RUNNING_JOBS: [COUNT_RUNNING_JOBS, ['SCAN jobs USING INDEX jobs_running']],
  CLEAR_WAITING: [CLEAR_WAITING, ['SEARCH jobs USING INDEX jobs_under_watch (suspect=?)']],
  START: [START, [ROW]],
  SPEND_RATE: [SPEND_RATE, ['SEARCH instances USING PRIMARY KEY (name=?)']],
  JOB_BY_SEQ: [JOB_BY_SEQ, [ROW]],
  PAYLOAD: [PAYLOAD, ['SEARCH payloads USING INTEGER PRIMARY KEY (rowid=?)']],
  CARRIED_PAYLOAD: [CARRIED_PAYLOAD, ['SEARCH deliveries USING INTEGER PRIMARY KEY (rowid=?)']],
  EVENT_BY_SEQ: [
    EVENT_BY_SEQ,
    [
      'SEARCH events USING INTEGER PRIMARY KEY (rowid=?)',
      'CORRELATED SCALAR SUBQUERY',
      'SEARCH deliveries USING INTEGER PRIMARY KEY (rowid=?)',
    ],
  ],
  PREVIOUS_ATTEMPTS: [PREVIOUS_ATTEMPTS, ['SEARCH attempts USING INDEX attempts_by_job (job_seq=? AND attempt<?)']],
  CURRENT_STATE: [CURRENT_STATE, ['SEARCH state_versions USING INDEX state_versions_by_instance (instance=?)']],
  STORED_JOB: [STORED_JOB, ['SEARCH jobs USING INDEX jobs_by_id (id=?)']],
  END_ATTEMPT: [END_ATTEMPT, [ROW]],
  INSERT_ATTEMPT: [INSERT_ATTEMPT, []],
  INSERT_RESULT: [INSERT_RESULT, []],
  INSERT_STATE: [INSERT_STATE, []],
  INSERT_EVENT: [INSERT_EVENT, []],
  INSERT_DECISION: [INSERT_DECISION, []],
  LINEAGE_ACTIVE: [
    LINEAGE_ACTIVE,
    ['SCAN CONSTANT ROW', 'SCALAR SUBQUERY', 'SEARCH jobs USING INDEX jobs_active_lineage (root_job_id=?)'],
  ],
  ACTIVE_BELOW: [
    ACTIVE_BELOW,
    [
      'SEARCH jobs USING INDEX jobs_active_lineage (root_job_id=?)',
      'CORRELATED SCALAR SUBQUERY',
      'CO-ROUTINE above',
      'SETUP',
      'SCAN CONSTANT ROW',
      'RECURSIVE STEP',
      'SCAN above',
      'SEARCH parent USING INDEX jobs_by_id (id=?)',
      'SCAN above',
    ],
  ],
  INSERT_DELIVERY: [INSERT_DELIVERY, []],
  FIRST: [FIRST, ['SEARCH deliveries USING INTEGER PRIMARY KEY (rowid=?)']],
  FIND_SIGNS: [
    FIND_SIGNS,
    [
      'SCAN CONSTANT ROW',
      ...Array.from({ length: 2 }, () => [
        'SCALAR SUBQUERY',
        'SEARCH recent_signs USING PRIMARY KEY (endpoint=? AND sign=?)',
        'SCALAR SUBQUERY',
        'SEARCH delivery_signs USING PRIMARY KEY (endpoint=? AND sign=?)',
      ]).flat(),
    ],
  ],
  LAST_DELIVERY: [LAST_DELIVERY, ['SCAN signs_moved', 'SCALAR SUBQUERY', 'SEARCH deliveries']],
  LAST_OF_STEP: [LAST_OF_STEP, ['SCAN recent_signs']],
  MOVE_STEP: [MOVE_STEP, ['SEARCH recent_signs USING PRIMARY KEY ((endpoint,sign)<(?,?))']],
  FORGET_STEP: [FORGET_STEP, ['SEARCH recent_signs USING PRIMARY KEY ((endpoint,sign)<(?,?))']],
  COUNT_REPEAT: [COUNT_REPEAT, []],
  NAME_WORK: [NAME_WORK, ['SEARCH deliveries USING INTEGER PRIMARY KEY (rowid=?)']],
  DELIVERY_OF_JOB: [DELIVERY_OF_JOB, ['SEARCH deliveries USING INDEX deliveries_by_job (job_id=?)']],
  COUNT_REJECTIONS: [COUNT_REJECTIONS, []],
  HAS_ROOM: [
    HAS_ROOM,
    [
      'SCAN CONSTANT ROW',
      'SCALAR SUBQUERY',
      'SEARCH rejections USING COVERING INDEX rejections_by_kind (endpoint=? AND reason=? AND hour_at=? AND remote=?)',
      'SCALAR SUBQUERY',
      'CO-ROUTINE (subquery)',
      'SEARCH rejections USING COVERING INDEX rejections_by_kind (endpoint=? AND reason=? AND hour_at=?)',
      'SCAN (subquery)',
    ],
  ],
  'list deliveries': [
    deliveriesQuery({ endpoint: null, failed: false }, 9).sql,
    ['SEARCH d USING INTEGER PRIMARY KEY (rowid<?)', ...APART],
  ],
  'list deliveries of an endpoint': [
    deliveriesQuery({ endpoint: 'github', failed: false }, 9).sql,
    ['SEARCH d USING INDEX deliveries_by_endpoint (endpoint=? AND rowid<?)', ...APART],
  ],
  'list failed deliveries': [deliveriesQuery({ endpoint: null, failed: true }, 9).sql, FAILED],
  'list failed deliveries of an endpoint': [deliveriesQuery({ endpoint: 'github', failed: true }, 9).sql, FAILED],
  STEP_END: [STEP_END, ['SEARCH deliveries USING COVERING INDEX deliveries_by_age (received_at>?)']],
  COUNT_DELIVERIES: [
    COUNT_DELIVERIES,
    ['SEARCH deliveries USING COVERING INDEX deliveries_by_age (received_at>? AND received_at<?)', GROUPED],
  ],
  COUNT_REPEATS: [COUNT_REPEATS, ['SEARCH delivery_repeats USING INDEX delivery_repeats_by_age (last_at>?)', GROUPED]],
  COUNT_REFUSED: [COUNT_REFUSED, ['SEARCH rejections USING INDEX rejections_by_age (hour_at>?)', GROUPED]],
  ACTIVE_INSTANCES: [
    ACTIVE_INSTANCES,
    [
      'CO-ROUTINE active',
      'SETUP',
      'SEARCH jobs USING INDEX jobs_active_by_instance',
      'RECURSIVE STEP',
      'SCAN active',
      'CORRELATED SCALAR SUBQUERY',
      'SEARCH jobs USING INDEX jobs_active_by_instance (instance>?)',
      'SCAN active',
    ],
  ],
  COUNT_ACTIVE: [
    COUNT_ACTIVE,
    ['CO-ROUTINE (subquery)', 'SEARCH jobs USING INDEX jobs_active_by_instance (instance=?)', 'SCAN (subquery)'],
  ],
  COUNT_RUNNING: [COUNT_RUNNING, ['SEARCH jobs USING COVERING INDEX jobs_running (instance=?)']],
  COUNT_ENDED: [
    COUNT_ENDED,
    [
      'CO-ROUTINE (subquery)',
      'SEARCH jobs USING COVERING INDEX jobs_ended (status=? AND completed_at>?)',
      'SCAN (subquery)',
      'USE TEMP B-TREE FOR GROUP BY',
    ],
  ],
  COUNT_RETRYING: [
    COUNT_RETRYING,
    [
      'CO-ROUTINE (subquery)',
      'SEARCH jobs USING INDEX jobs_delayed (run_at>?)',
      'SCAN (subquery)',
      'USE TEMP B-TREE FOR GROUP BY',
    ],
  ],
  OLDEST_DELAYED: [OLDEST_DELAYED, ['SEARCH jobs USING INDEX jobs_delayed (run_at<?)']],
  OLDEST_READY: [
    OLDEST_READY,
    [
      'CO-ROUTINE levels',
      'SETUP',
      'SCAN CONSTANT ROW',
      'SCALAR SUBQUERY',
      'SEARCH jobs USING COVERING INDEX jobs_ready (instance=?)',
      'RECURSIVE STEP',
      'SCAN levels',
      'CORRELATED SCALAR SUBQUERY',
      'SEARCH jobs USING COVERING INDEX jobs_ready (instance=? AND priority<?)',
      'SCAN levels',
      'CORRELATED SCALAR SUBQUERY',
      'SEARCH jobs USING COVERING INDEX jobs_ready (instance=? AND priority=?)',
      'USE TEMP B-TREE FOR ORDER BY',
    ],
  ],
  KNOWN: [
    KNOWN,
    ['SEARCH jobs USING COVERING INDEX jobs_by_id (id=?)', 'LIST SUBQUERY', 'SCAN json_each VIRTUAL TABLE INDEX 1:'],
  ],
  ...Object.fromEntries(
    (['queued', 'running', 'failed', 'dead', 'cancelled'] as const).flatMap((status) => {
      const { ofAll, ofOne } = LISTED[status];
      const list = (instance: string | null) =>
        jobsQuery({ status, instance, since: null }, { before: 9, first: 0 }).sql;
      return [
        [`list ${status}`, [list(null), ofAll]],
        [`list ${status} of an instance`, [list('alpha'), ofOne]],
      ];
    }),
  ),
};

let dir: string;
before(() => {
  dir = mkdtempSync(join(tmpdir(), 'ductile-plans-'));
});
after(() => rmSync(dir, { recursive: true, force: true }));

test('hot statements take their indexes in an empty database', async () => {
  await openSqliteStore({ dir }).close();
  expectPlans(dir, PLANS);
});

test('hot statements take the same indexes when the planner has statistics of a lopsided database', async () => {
  const store = openSqliteStore({ dir });
  await syncInstances(store, [instanceOf('alpha'), instanceOf('beta', { cap: 1 })]);
  const drafts = Array.from({ length: 2_000 }, (_, index) =>
    draftOf(`job${index}`, {
      instance: index % 50 === 0 ? 'beta' : 'alpha',
      runAt: index % 3 === 0 ? T0 + index : T0,
      dedupeKey: `key${index}`,
      rootJobId: 'job0',
    }),
  );
  await store.commit({ kind: 'enqueue', drafts });
  const ids = await claimIds(store, { slots: 60 });
  await Promise.all(
    ids.map((jobId, index) => {
      const settlement = index % 2 === 0 ? settlementOf(1, { statePatch: { index } }) : failure(1);
      return store.commit({ kind: 'finish', jobId, attempt: 1, settlement });
    }),
  );
  await claimIds(store, { slots: 10 });
  await Promise.all(
    Array.from({ length: 600 }, (_, index) => {
      const endpoint = index % 50 === 0 ? 'gitea' : 'github';
      const senderId = `sent-${index - (index % 3)}`;
      const fingerprint = index.toString(16).padStart(64, '0');
      const delivery = deliveryOf(`d${index}`, { endpoint, senderId, fingerprint, receivedAt: T0 + index });
      const draft = draftOf(`delivered${index}`, { submittedBy: `webhook:${endpoint}` });
      return store.commit({ kind: 'deliver', delivery, work: { draft, routed: null } });
    }),
  );
  const refused = { endpoint: 'github', reason: 'method', count: 1, firstAt: T0, lastAt: T0 } as const;
  const rejections = Array.from({ length: 90 }, (_, index) => ({ ...refused, remote: `10.0.0.${index}` }));
  await store.commit({ kind: 'count_rejections', rejections });
  await store.commit({ kind: 'unclean_end' });
  await store.close();
  const db = new Connection(join(dir, DATABASE_FILE));
  db.exec('ANALYZE');
  db.close();
  expectPlans(dir, PLANS);
});

test('statements that write jobs make a tree in memory for the list of their statuses alone, not for each index', async () => {
  await openSqliteStore({ dir }).close();
  const db = new Connection(join(dir, DATABASE_FILE));
  const trees = (sql: string): number =>
    db.all<{ opcode: string }>(`EXPLAIN ${sql}`).filter(({ opcode }) => opcode === 'OpenEphemeral').length;
  assert.deepEqual([INSERT_JOB, START, END_ATTEMPT].map(trees), [1, 2, 2]);
  db.close();
});
