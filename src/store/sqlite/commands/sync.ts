import type { Command } from '../../port/commands.ts';
import type { InstanceRow } from '../../port/instances.ts';
import type { ScheduleDefinition } from '../../port/schedules.ts';
import { recordConfig } from '../config-versions.ts';
import type { Connection } from '../connection.ts';
import { syncExpectations } from '../expectation-rows.ts';
import { watchFailures } from '../untold-rows.ts';

/** True when init has not succeeded with what the snapshot says. */
const WAITS = 'excluded.init_wanted IS NOT NULL AND excluded.init_wanted IS NOT init_done';

/** A changed rate limit starts afresh: the old one's time says nothing about the new one. What init is for decides whether jobs wait for it. */
const UPSERT_INSTANCE = `
  INSERT INTO instances (name, cap, rate_count, rate_per_ms, init_wanted, unhealthy_at)
  VALUES (?1, ?2, ?3, ?4, ?5, CASE WHEN ?5 IS NOT NULL THEN ?6 END)
  ON CONFLICT (name) DO UPDATE SET cap = excluded.cap, rate_count = excluded.rate_count, rate_per_ms = excluded.rate_per_ms,
    rate_open_at = CASE WHEN rate_count IS excluded.rate_count AND rate_per_ms IS excluded.rate_per_ms THEN rate_open_at ELSE 0 END,
    init_wanted = excluded.init_wanted,
    unhealthy_at = CASE WHEN ${WAITS} THEN coalesce(unhealthy_at, excluded.unhealthy_at) END,
    init_failed_at = CASE WHEN ${WAITS} THEN init_failed_at END
  WHERE cap <> excluded.cap OR rate_count IS NOT excluded.rate_count OR rate_per_ms IS NOT excluded.rate_per_ms
    OR init_wanted IS NOT excluded.init_wanted`;

const INSTANCE_NAMES = 'SELECT name FROM instances';

const DELETE_INSTANCE = 'DELETE FROM instances WHERE name = ?';

/** A changed schedule forgets its slots, but not its last job: that may still be running. */
const UPSERT_SCHEDULE = `
  INSERT INTO schedules (instance, id, hash, high_water_at) VALUES (?, ?, ?, ?)
  ON CONFLICT (instance, id) DO UPDATE SET hash = excluded.hash, high_water_at = excluded.high_water_at, skip_at = NULL
  WHERE hash <> excluded.hash`;

const SCHEDULE_KEYS = 'SELECT instance, id FROM schedules';

const DELETE_SCHEDULE = 'DELETE FROM schedules WHERE instance = ? AND id = ?';

/** Makes the rows of instances and schedules what the snapshot says; what stays the same is not written. */
export function sync(
  db: Connection,
  { instances, schedules, expectations = [], watchesFailures = false, config, at }: Extract<Command, { kind: 'sync' }>,
): null {
  syncInstances(db, instances, at);
  syncSchedules(db, schedules, at);
  syncExpectations(db, expectations, at);
  watchFailures(db, watchesFailures);
  if (config !== undefined) recordConfig(db, config, at);
  return null;
}

function syncInstances(db: Connection, instances: readonly InstanceRow[], at: number): void {
  const wanted = new Set(instances.map((instance) => instance.name));
  for (const { name } of db.all<{ name: string }>(INSTANCE_NAMES)) {
    if (!wanted.has(name)) db.run(DELETE_INSTANCE, name);
  }
  for (const { name, cap, rateLimit, initHash = null } of instances) {
    db.run(UPSERT_INSTANCE, name, cap, rateLimit?.count ?? null, rateLimit?.perMs ?? null, initHash, at);
  }
}

function syncSchedules(db: Connection, schedules: readonly ScheduleDefinition[], at: number): void {
  const wanted = new Set(schedules.map(({ instance, id }) => JSON.stringify([instance, id])));
  for (const { instance, id } of db.all<{ instance: string; id: string }>(SCHEDULE_KEYS)) {
    if (!wanted.has(JSON.stringify([instance, id]))) db.run(DELETE_SCHEDULE, instance, id);
  }
  for (const { instance, id, hash } of schedules) db.run(UPSERT_SCHEDULE, instance, id, hash, at);
}
