import type { DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import { isTerminal } from '../../src/domain/job.ts';
import { unabsorbed } from './absorption.ts';
import { transitionOf } from './move.ts';
import { COUNTED_SCHEDULES, WHOLE } from './settings.ts';
import { BEGINNING, type World } from './world.ts';

type Row = Readonly<Record<string, unknown>>;

/** What of the world's promises is broken once it has come to its end. */
export function judgeWorld(world: World): readonly string[] {
  const { database } = world;
  const jobs = new Map(rows(database, JOBS).map((row) => [String(row['id']), row]));
  const attempts = rows(database, ATTEMPTS);
  return [
    ...unended(world),
    ...unkept(world, jobs),
    ...uneven(database),
    ...misjudged(world, jobs, attempts),
    ...unfolded(database, attempts),
    ...doubledDownstream(database),
    ...unexplained(database, world),
    ...repeatedEvents(database, attempts),
    ...uncountedSlots(database),
    ...(world.turnedBack ? [] : unabsorbed(database)),
  ];
}

const JOBS = `
  SELECT id, instance, status, attempt, attempts_used, max_attempts, last_error_code, dedupe_key, payload
  FROM jobs JOIN job_payloads ON job_seq = seq`;
const ATTEMPTS = `
  SELECT jobs.id, a.attempt, a.instance, a.outcome, a.retry_at, a.response FROM attempts AS a JOIN jobs ON jobs.seq = a.job_seq
  ORDER BY a.seq`;

function rows(database: DatabaseSync, sql: string): readonly Row[] {
  return database.prepare(sql).all();
}

function unended({ journal }: World): readonly string[] {
  const left = [...journal.jobs.values()].filter(({ status }) => !isTerminal(status));
  return left.map(({ id, instance, status }) => `ended: job ${id} of ${instance} is still ${status}`);
}

/** Acknowledged is stored, as it was asked for, and cancelled jobs were cancelled. */
function unkept({ ledger, journal, database }: World, jobs: ReadonlyMap<string, Row>): readonly string[] {
  const events = new Set(rows(database, 'SELECT id FROM events').map(({ id }) => id));
  const absorbed = new Map<string, number>();
  const lost = ledger.submitted.flatMap(({ jobId, duplicate, instance, key, n }) => {
    const job = jobs.get(jobId);
    if (job === undefined) return [`lost: job ${jobId} was acknowledged`];
    if (duplicate) absorbed.set(`${instance} ${key}`, (absorbed.get(`${instance} ${key}`) ?? 0) + 1);
    const kept = job['instance'] === instance && job['dedupe_key'] === key;
    const same = duplicate || job['payload'] === JSON.stringify({ n });
    return kept && same ? [] : [`lost: job ${jobId} is not what was acknowledged`];
  });
  const unheard = ledger.emitted.flatMap(({ eventId, jobs: made }) => [
    ...(events.has(eventId) ? [] : [`lost: event ${eventId} was acknowledged`]),
    ...made.filter((id) => !jobs.has(id)).map((id) => `lost: job ${id} of event ${eventId} was acknowledged`),
  ]);
  const cancelled = new Set(journal.moves.filter(({ after }) => after === 'cancelled').map(({ id }) => id));
  const counts = rows(
    database,
    `SELECT instance, json_extract(value, '$.dedupe_key') AS key, sum(count) AS count FROM decisions
     WHERE code = 'job_duplicate' AND event_id IS NULL GROUP BY 1, 2`,
  );
  const recorded = new Map(counts.map(({ instance, key, count }) => [`${instance} ${key}`, Number(count)]));
  return [
    ...lost,
    ...unheard,
    ...ledger.cancelled.filter((id) => !cancelled.has(id)).map((id) => `cancel: job ${id} was never cancelled`),
    ...[...absorbed].flatMap(([which, count]) => {
      return (recorded.get(which) ?? 0) >= count
        ? []
        : [`decisions: ${count} drafts of ${which} absorbed without a word`];
    }),
  ];
}

function uneven(database: DatabaseSync): readonly string[] {
  const found = rows(
    database,
    `SELECT jobs.id, jobs.attempt, count(attempts.attempt) AS kept, max(attempts.attempt) AS latest
     FROM jobs LEFT JOIN attempts ON attempts.job_seq = jobs.seq
     GROUP BY jobs.seq HAVING kept <> jobs.attempt OR coalesce(latest, 0) <> jobs.attempt`,
  );
  return found.map((row) => `attempts: not contiguous: ${JSON.stringify(row)}`);
}

/** Outcomes that a shutdown, a crash or an operator brought about: they use up no attempt. */
const FREE = new Set(['orphaned', 'interrupted', 'cancelled']);

/** Every end of an attempt agrees with its record: the move of its job, and what it was charged. */
function misjudged({ journal }: World, jobs: ReadonlyMap<string, Row>, attempts: readonly Row[]): readonly string[] {
  const outcomes = new Map(attempts.map((row) => [`${row['id']}.${row['attempt']}`, String(row['outcome'])]));
  return journal.moves.flatMap((move) => {
    const { id, attempt, before, used, used_before } = move;
    const by = transitionOf(move);
    const charged = used - used_before;
    if (before !== 'running') {
      const right = by === 'retry' && before !== 'queued' ? used === 0 : charged === 0;
      return right ? [] : [`charged: job ${id} by ${by}: ${used_before} to ${used}`];
    }
    const outcome = outcomes.get(`${id}.${attempt}`);
    if (outcome === undefined) return [`records: attempt ${attempt} of job ${id} left none`];
    const about = `attempt ${attempt} of job ${id} ended ${outcome}, the job by ${by} with ${used_before} to ${used}`;
    const fits =
      by === 'succeed'
        ? outcome === 'succeeded'
        : by === 'cancel'
          ? outcome === 'cancelled'
          : by === 'release'
            ? outcome === 'orphaned' || outcome === 'interrupted'
            : outcome !== 'succeeded' && outcome !== 'cancelled';
    const unsure = by === 'fail' && FREE.has(outcome);
    const due = FREE.has(outcome) ? 0 : 1;
    const most = Number(jobs.get(id)?.['max_attempts']);
    const patience = by === 'retry_later' ? used < most : by !== 'exhaust' || used >= most || outcome === 'orphaned';
    return [
      ...(fits ? [] : [`outcome: ${about}`]),
      ...(unsure || charged === due ? [] : [`charged: ${about}`]),
      ...(patience ? [] : [`max_attempts: ${about} of ${most}`]),
    ];
  });
}

function unfolded(database: DatabaseSync, attempts: readonly Row[]): readonly string[] {
  const folded = new Map<string, Record<string, unknown>>();
  const counted = new Map<string, number>();
  for (const { instance, outcome, response } of attempts) {
    const name = String(instance);
    if (outcome === 'succeeded') counted.set(name, (counted.get(name) ?? 0) + 1);
    // A response that was refused changes nothing.
    if (outcome === 'protocol_error') continue;
    const kept = JSON.parse(String(response)) as { readonly state_updates?: Row | null } | null;
    const patched = Object.entries({ ...folded.get(name), ...kept?.state_updates });
    folded.set(name, Object.fromEntries(patched.filter(([, value]) => value !== null)));
  }
  const stored = new Map(
    rows(database, 'SELECT instance, value, max(version) FROM state_versions GROUP BY instance').map((row) => {
      return [String(row['instance']), JSON.parse(String(row['value'])) as Row];
    }),
  );
  return [...folded].flatMap(([name, expected]) => {
    const found = stored.get(name) ?? {};
    const wrong = isDeepStrictEqual(found, expected)
      ? []
      : [`state: of ${name} is ${JSON.stringify(found)}, its patches give ${JSON.stringify(expected)}`];
    const serial = WHOLE.instances.get(name)?.concurrency === 1;
    const total = counted.get(name) ?? 0;
    const missed =
      serial && (found['count'] ?? 0) !== total ? [`state: ${name} counted ${found['count']} of ${total}`] : [];
    return [...wrong, ...missed];
  });
}

function doubledDownstream(database: DatabaseSync): readonly string[] {
  const found = rows(
    database,
    `SELECT source_event_id, submitted_by, instance, count(*) AS count FROM jobs WHERE source_event_seq IS NOT NULL
     GROUP BY source_event_seq, submitted_by, instance, command HAVING count(*) > 1`,
  );
  return found.map((row) => `downstream: more than one job for an event and a target: ${JSON.stringify(row)}`);
}

/** Every route that listens to an event has said something about it, and the jobs it names exist. */
function unexplained(database: DatabaseSync, { journal }: World): readonly string[] {
  const decisions = rows(database, 'SELECT code, event_id, route, job_id, value FROM decisions');
  const said = new Set(decisions.map((row) => `${row['event_id']} ${row['route']}`));
  const orphaned = new Set(decisions.filter(({ code }) => code === 'job_orphaned').map((row) => row['job_id']));
  const events = rows(database, 'SELECT id, source, type FROM events');
  const silent = events.flatMap(({ id, source, type }) => {
    const listening = WHOLE.routes.filter((route) => matches(route, String(source), String(type)));
    const missing = listening.filter(({ name }) => !said.has(`${id} ${name}`));
    return missing.map(({ name }) => `decisions: route ${name} says nothing about event ${id} (${type})`);
  });
  const nameless = decisions.flatMap(({ code, value }) => {
    if (code !== 'route_taken') return [];
    const { jobs = [] } = (JSON.parse(String(value)) ?? {}) as { readonly jobs?: readonly string[] };
    return jobs
      .filter((id) => !journal.jobs.has(id))
      .map((id) => `decisions: a route names job ${id}, which is not there`);
  });
  const again = rows(
    database,
    `SELECT jobs.id FROM attempts JOIN jobs ON jobs.seq = job_seq WHERE outcome = 'orphaned' AND retry_at IS NOT NULL`,
  );
  return [
    ...silent,
    ...nameless,
    ...again.filter(({ id }) => !orphaned.has(id)).map(({ id }) => `decisions: job ${id} was orphaned without a word`),
    ...events
      .filter(({ type }) => type === 'late.made')
      .map(({ id }) => `late: the event ${id} of a late end is there`),
  ];
}

function matches({ from, eventType }: { from: unknown; eventType: unknown }, source: string, type: string): boolean {
  const own = typeof from === 'string' ? from : null;
  if (own !== null && own !== source) return false;
  const wanted = String(eventType);
  return wanted.endsWith('.*') ? type.startsWith(wanted.slice(0, -1)) : wanted === type;
}

/** Of the events that succeeded attempts emitted, each is there or was called a repeat. */
function repeatedEvents(database: DatabaseSync, attempts: readonly Row[]): readonly string[] {
  const emitted = attempts
    .filter(({ outcome }) => outcome === 'succeeded')
    .reduce((sum, { response }) => {
      const kept = JSON.parse(String(response)) as { readonly events?: readonly unknown[] } | null;
      return sum + (kept?.events?.length ?? 0);
    }, 0);
  const [kept] = rows(database, "SELECT count(*) AS count FROM events WHERE source LIKE 'instance:%'");
  const [repeats] = rows(
    database,
    "SELECT coalesce(sum(count), 0) AS count FROM decisions WHERE code = 'event_duplicate'",
  );
  const told = Number(kept?.['count']) + Number(repeats?.['count']);
  return told === emitted ? [] : [`events: ${emitted} were emitted, ${told} are kept or called repeats`];
}

/** Each slot made one job or was skipped with a reason, and none did both. */
function uncountedSlots(database: DatabaseSync): readonly string[] {
  return [...COUNTED_SCHEDULES].flatMap(([name, every]) => {
    const [instance = '', id = ''] = name.split('/');
    const fired = database
      .prepare('SELECT slot_at, job_id FROM slots WHERE instance = ? AND schedule = ?')
      .all(instance, id);
    const jobs = database.prepare('SELECT count(*) AS count FROM jobs WHERE submitted_by = ?').get(`scheduler:${name}`);
    const skips = database.prepare('SELECT code, value FROM simulation_skips WHERE schedule = ?').all(name);
    const mark = database
      .prepare('SELECT high_water_at FROM schedules WHERE instance = ? AND id = ?')
      .get(instance, id);
    const skipped = skips.reduce((sum, { code, value }) => {
      const values = JSON.parse(String(value)) as { readonly count?: number } | null;
      return sum + (code === 'slot_missed' ? (values?.count ?? 0) : 1);
    }, 0);
    const slots = Math.floor(Number(mark?.['high_water_at']) / every) - Math.floor(BEGINNING / every);
    return [
      ...(jobs?.['count'] === fired.length
        ? []
        : [`slots: ${name} fired ${fired.length} and made ${jobs?.['count']} jobs`]),
      ...fired
        .filter(({ slot_at }) => Number(slot_at) % every !== 0)
        .map((row) => `slots: ${JSON.stringify(row)} is none`),
      ...(fired.length + skipped === slots
        ? []
        : [`slots: of ${slots} of ${name}, ${fired.length} fired and ${skipped} were skipped`]),
    ];
  });
}
