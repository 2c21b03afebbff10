import { readFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { Site } from './site.ts';

interface Route {
  readonly name: string;
  readonly event_type: string;
}

/** Exactly one job for every event and route, an event for every one that a succeeded attempt asked for, a job for every slot that fired. */
export function lineage(database: DatabaseSync, site: Pick<Site, 'config'>): readonly string[] {
  const { routes = [] } = JSON.parse(readFileSync(site.config, 'utf8')) as { readonly routes?: readonly Route[] };
  return [
    ...doubled(database),
    ...lostEvents(database),
    ...routes.flatMap((route) => notRouted(database, route)),
    ...lostSlots(database),
  ];
}

function doubled(database: DatabaseSync): readonly string[] {
  const rows = database
    .prepare(
      `SELECT source_event_id, submitted_by, count(*) AS jobs FROM jobs WHERE source_event_id IS NOT NULL
       GROUP BY source_event_id, submitted_by HAVING jobs > 1`,
    )
    .all();
  return rows.map((row) => `several jobs for one event and route: ${JSON.stringify(row)}`);
}

/** A response says how many events its attempt emitted; those of a failed attempt must not be there. */
function lostEvents(database: DatabaseSync): readonly string[] {
  const rows = database
    .prepare(
      `SELECT jobs.id, attempts.attempt, attempts.outcome,
         CASE attempts.outcome WHEN 'succeeded' THEN coalesce(json_array_length(attempts.response, '$.events'), 0) ELSE 0 END AS asked,
         (SELECT count(*) FROM events
          WHERE events.job_id = jobs.id AND events.attempt = attempts.attempt
            AND events.type NOT LIKE 'ductile.%') AS stored
       FROM attempts JOIN jobs ON jobs.seq = attempts.job_seq WHERE attempts.truncated = 0 AND asked <> stored`,
    )
    .all();
  return rows.map((row) => `events of an attempt were lost or made up: ${JSON.stringify(row)}`);
}

function notRouted(database: DatabaseSync, { name, event_type }: Route): readonly string[] {
  const rows = database
    .prepare(
      `SELECT id, job_id FROM events WHERE type = ? AND NOT EXISTS
         (SELECT 1 FROM jobs WHERE jobs.source_event_id = events.id AND jobs.submitted_by = ?)`,
    )
    .all(event_type, `route:${name}`);
  return rows.map((row) => `an event has no job by route ${name}: ${JSON.stringify(row)}`);
}

function lostSlots(database: DatabaseSync): readonly string[] {
  const rows = database
    .prepare('SELECT * FROM slots WHERE NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.id = slots.job_id)')
    .all();
  const more = database
    .prepare(
      `SELECT id, submitted_by FROM jobs WHERE submitted_by LIKE 'scheduler:%'
         AND NOT EXISTS (SELECT 1 FROM slots WHERE slots.job_id = jobs.id)`,
    )
    .all();
  return [
    ...rows.map((row) => `a slot has no job: ${JSON.stringify(row)}`),
    ...more.map((row) => `a scheduled job has no slot: ${JSON.stringify(row)}`),
  ];
}
