import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inFlight, judgeKills } from '../../prove/in-flight.ts';
import { judge } from '../../prove/oracle.ts';
import { type DamagedSite, intactSite } from './damaged-site.ts';

const EXPECTED = { ends: { fourth: 'cancelled' } } as const;

/** What is done to a site in which every promise was kept, and what the oracle must say. */
const DAMAGES: Readonly<Record<string, readonly [(site: DamagedSite) => void, RegExp]>> = {
  'an acknowledged job is gone': [({ line }) => line('acknowledgements', 'gone'), /^acknowledged and lost: gone$/],
  'a job is still running': [
    ({ sql }) => sql("UPDATE jobs SET status = 'running', owner = 'x', completed_at = NULL WHERE id = 's'"),
    /still or wrongly running: s/,
  ],
  'a job is dead that should have succeeded': [
    ({ sql }) =>
      sql("UPDATE jobs SET status = 'dead', last_error_code = 'poison', last_error_message = '' WHERE id = 'a'"),
    /wrongly dead \(poison\): a/,
  ],
  'a job succeeded without an effect': [
    ({ sql }) => sql("UPDATE jobs SET status = 'succeeded' WHERE id = 'c'"),
    /succeeded without an effect: c/,
  ],
  'an earlier attempt goes on after a later one began': [
    ({ line }) => line('effects', 'a 1 end'),
    /attempt 1 of a overlaps attempt 2/,
  ],
  'an attempt meets a process of the one before': [
    ({ line }) => line('effects', 'a 2 met /proc/7/environ'),
    /attempt 2 of a met/,
  ],
  'records of attempts overlap': [
    ({ sql }) => sql('UPDATE attempts SET started_at = 19 WHERE attempt = 2'),
    /records of two attempts overlap/,
  ],
  'the record of an attempt is missing': [
    ({ sql }) => sql('DELETE FROM attempts WHERE job_seq = 1 AND attempt = 1'),
    /not contiguous: \{"id":"a"/,
  ],
  'an attempt ran without a record': [
    ({ line }) => line('effects', 'b 2 begin 11 2'),
    /attempt 2 of b ran without a record/,
  ],
  'an attempt ended twice': [({ line }) => line('effects', 'b 1 end'), /attempt 1 of b left "end" twice/],
  'an orphaned attempt was charged': [
    ({ sql }) => sql("UPDATE jobs SET attempts_used = 2 WHERE id = 'a'"),
    /charged wrongly: \{"id":"a"/,
  ],
  'a cancelled job has run after all': [
    ({ sql }) => sql("UPDATE jobs SET status = 'succeeded' WHERE id = 'c'"),
    /^cancelled, but succeeded: c$/,
  ],
  'a retried job is still failed': [
    ({ line, sql }) => {
      sql("UPDATE jobs SET status = 'failed' WHERE id = 's'");
      line('orders', 'retried s 60');
    },
    /^retried, but still failed: s$/,
  ],
  'an attempt began after the cancellation': [
    ({ line, sql }) => {
      sql("UPDATE jobs SET status = 'cancelled' WHERE id = 's'");
      line('orders', 'cancelled s 5');
    },
    /^an attempt began after its job was cancelled: s$/,
  ],
  'an event has two jobs by one route': [
    ({ sql }) => sql("UPDATE jobs SET source_event_id = 'e', submitted_by = 'route:one' WHERE id = 's'"),
    /several jobs for one event and route/,
  ],
  'an event has no job': [
    ({ sql }) => sql("UPDATE jobs SET source_event_id = NULL WHERE id = 'b'"),
    /an event has no job by route one/,
  ],
  'an event of a succeeded attempt is missing': [
    ({ sql }) => sql('DELETE FROM events'),
    /events of an attempt were lost or made up/,
  ],
  'an attempt that did not succeed has an event': [
    ({ sql }) => sql('UPDATE events SET attempt = 1'),
    /events of an attempt were lost or made up/,
  ],
  'a slot has no job': [({ sql }) => sql("UPDATE slots SET job_id = 'gone'"), /a slot has no job/],
  'a scheduled job has no slot': [({ sql }) => sql('DELETE FROM slots'), /a scheduled job has no slot/],
  'a patch of state is lost': [
    ({ sql }) => sql(`UPDATE state_versions SET value = '{"count":1}' WHERE instance = 'second'`),
    /the state of second is/,
  ],
  'a patch of state was made from an old state': [
    ({ sql }) =>
      sql(`UPDATE state_versions SET value = json_set(value, '$.count', 2) WHERE instance = 'third';
           UPDATE attempts SET response = json_set(response, '$.state_updates.count', 2) WHERE instance = 'third'`),
    /succeeded attempt 1 of third counted 2/,
  ],
  'the database is not whole': [({ spoil }) => spoil('jobs_by_id'), /^integrity: .*jobs_by_id/],
};

describe('the oracle', () => {
  it('finds nothing where every promise was kept, and counts', (t) => {
    const { site } = intactSite(t);
    assert.deepEqual(judge(site, EXPECTED), {
      acknowledged: 2,
      jobs: 4,
      attempts: 4,
      poisoned: 0,
      orders: 1,
      duplicates: 0,
      violations: [],
    });
  });

  for (const [damage, [inflict, says]] of Object.entries(DAMAGES)) {
    it(`sees it when ${damage}`, (t) => {
      const damaged = intactSite(t);
      inflict(damaged);
      const { violations } = judge(damaged.site, EXPECTED);
      assert.ok(
        violations.some((text) => says.test(text)),
        JSON.stringify(violations, null, 2),
      );
    });
  }

  it('accepts a job that was given up as poison after three kills in a row', (t) => {
    const { site, sql } = intactSite(t);
    sql(`UPDATE jobs SET status = 'dead', attempt = 3, attempts_used = 0, last_error_code = 'poison', last_error_message = ''
           WHERE id = 's';
         UPDATE attempts SET outcome = 'orphaned', response = 'null' WHERE job_seq = 3;
         DELETE FROM state_versions WHERE instance = 'third';
         INSERT INTO attempts SELECT NULL, job_seq, 2, instance, outcome, error_code, error_message, 60, 60, pid, exit_code,
           signal, retry_at, config_version, state_version, stderr_bytes, stderr_file, truncated, logs_dropped, warnings, logs,
           stderr, raw_output, response FROM attempts WHERE job_seq = 3;
         INSERT INTO attempts SELECT NULL, job_seq, 3, instance, outcome, error_code, error_message, 70, 70, pid, exit_code,
           signal, retry_at, config_version, state_version, stderr_bytes, stderr_file, truncated, logs_dropped, warnings, logs,
           stderr, raw_output, response FROM attempts WHERE job_seq = 3 AND attempt = 2`);
    assert.deepEqual(judge(site, EXPECTED).violations, []);
    const crowd = ['s 1', 's 2', 's 3'].map((text) => [text, 'a 1']);
    assert.match(judgeKills(site, crowd)[0] ?? '', /did not run alone: s 3/);
    assert.deepEqual(judgeKills(site, [['s 1', 'a 1'], ['s 2'], ['s 3']]), []);
    assert.match(judgeKills(site, [['s 2'], ['s 3']])[0] ?? '', /poison after 2 kills/);
  });

  it('holds what was in progress at a kill against the records', (t) => {
    const { site, sql } = intactSite(t);
    assert.deepEqual(inFlight(site), []);
    assert.deepEqual(judgeKills(site, [['a 1']]), []);
    assert.deepEqual(judgeKills(site, [['a 2']]), ['in progress at a kill, but succeeded: a 2']);
    assert.deepEqual(judgeKills(site, [['x 1']]), ['in progress at a kill, but undefined: x 1']);
    sql("UPDATE jobs SET status = 'running', owner = 'x', completed_at = NULL WHERE id = 's'");
    assert.deepEqual(inFlight(site), ['s 1']);
    assert.deepEqual(inFlight({ database: `${site.database}.gone` }), []);
  });
});
