import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatInstant } from '../../domain/instant.ts';
import type { JobAnswer, JobSummaryAnswer } from '../answers.ts';
import { jobTable } from './job-table.ts';
import { jobText } from './job-text.ts';

const sink = (columns: number) => ({ isTerminal: true, colours: false, columns, write() {} });
const away = (ms: number): string => formatInstant(Date.now() + ms);

const SUMMARY: JobSummaryAnswer = {
  id: '01a208af-975b-7603-99e1-58d2232a1b99',
  instance: 'journal',
  plugin: 'journal',
  command: 'handle',
  status: 'succeeded',
  priority: 0,
  attempt: 1,
  attempts_used: 1,
  max_attempts: 5,
  suspect: false,
  run_at: away(-5_500),
  lease_expires_at: null,
  owner: null,
  dedupe_key: null,
  idempotency_key: 'i',
  submitted_by: 'route:write-down',
  parent_job_id: null,
  root_job_id: 'r',
  source_event_id: null,
  depth: 0,
  config_version: 'v',
  created_at: away(-5_500),
  started_at: null,
  completed_at: null,
  last_error: null,
};
const JOB: JobAnswer = {
  ...SUMMARY,
  payload: {},
  result: null,
  held: null,
  replay_of: null,
  replays: [],
  attempts: [],
  events: [],
  children: [],
  lineage: [],
  decisions: [],
};
const FAILED = { code: 'network', message: 'no route to host\nat all' };

describe('jobTable', () => {
  for (const [columns, head] of [
    [200, 'JOB STATUS INSTANCE CREATED NOTE ATTEMPTS BY'],
    [130, 'JOB STATUS INSTANCE CREATED NOTE ATTEMPTS BY'],
    [100, 'JOB STATUS INSTANCE CREATED NOTE ATTEMPTS'],
    [80, 'JOB STATUS INSTANCE CREATED'],
  ] as const) {
    it(`fits into ${columns} columns and never cuts an id`, () => {
      const waiting = { ...SUMMARY, status: 'queued' as const, run_at: away(250_500), last_error: FAILED };
      const lines = jobTable([SUMMARY, waiting], sink(columns)).trimEnd().split('\n');
      assert.equal(lines[0]?.split(/ +/).join(' '), head);
      assert.ok(
        lines.every((line) => line.length <= columns),
        lines.join('\n'),
      );
      assert.ok(lines.slice(1).every((line) => line.startsWith(SUMMARY.id)));
    });
  }

  for (const [change, note] of [
    [{ status: 'queued', run_at: away(250_500) }, 'due in 4 m'],
    [{ status: 'queued', run_at: away(250_500), last_error: FAILED }, 'again in 4 m: network: no route to host at all'],
    [{ status: 'dead', last_error: FAILED }, 'network: no route to host at all'],
    [{ status: 'queued' }, '1/5'],
  ] as const) {
    it(`notes ${note}`, () => {
      assert.ok(jobTable([{ ...SUMMARY, ...change }], sink(300)).includes(` ${note} `));
    });
  }
});

describe('jobText', () => {
  it('says what is unusual about a job, and only that', () => {
    const plain = jobText(JOB, sink(100));
    assert.doesNotMatch(plain, /due|held|key|priority|plugin|result|error|Lineage|Attempts|Events|Decisions/);
    const unusual: JobAnswer = {
      ...JOB,
      status: 'queued',
      plugin: 'exec',
      priority: 7,
      dedupe_key: 'k',
      run_at: away(250_500),
      last_error: FAILED,
      held: { reason: 'suspect_runs', until: null },
    };
    const text = jobText(unusual, sink(100));
    for (const part of [
      '(plugin exec)',
      ', priority 7',
      'key       k',
      'due       in 4 m',
      'held      a suspect',
      'network: no route',
    ]) {
      assert.ok(text.includes(part), part);
    }
  });

  it('shows all that an attempt left behind', () => {
    const attempt = {
      attempt: 2,
      outcome: 'protocol_error' as const,
      started_at: away(-5_500),
      ended_at: '2026-11-23T10:00:00.000Z',
      duration_ms: 40,
      exit_code: null,
      signal: 'SIGKILL',
      error: FAILED,
      retry_at: '2026-11-23T10:00:30.000Z',
      stderr: 'a\nb\n',
      logs: [],
      logs_dropped: 3,
      warnings: ['unknown field "evnts"'],
      raw_output: 'half an obj',
      response_truncated: true,
    };
    assert.equal(
      jobText({ ...JOB, attempts: [attempt, { attempt: 3, outcome: null, started_at: away(0) }] }, sink(100)).split(
        'Attempts\n',
      )[1],
      [
        '  #2 protocol_error  SIGKILL, 40 ms, 5 s ago',
        '    network: no route to host',
        '    network: at all',
        '    stderr │ a',
        '    stderr │ b',
        '    3 more log entries were dropped',
        '    warning unknown field "evnts"',
        '    stdout │ half an obj',
        '    the response was too large to keep',
        '    again after 30 s, at 2026-11-23T10:00:30.000Z',
        '  #3 running  now',
        '',
      ].join('\n'),
    );
  });

  it('gives a terminal the beginning and the end of what is long, and a pipe all of it', () => {
    const attempt = { attempt: 1, outcome: 'output_limit' as const, started_at: away(0), stderr: 'x'.repeat(9_000) };
    const flood = { ...attempt, raw_output: 'y\n'.repeat(30_000) };
    const long = { ...JOB, payload: Array.from({ length: 5_000 }, (_, n) => n), attempts: [flood] };
    const shown = jobText(long, sink(100));
    assert.ok(shown.split('\n').length < 130, `${shown.split('\n').length} lines`);
    assert.match(shown, /\n {4}stdout │ … 29950 lines left out; `--json` or a pipe has them\n {4}stdout │ y\n/);
    assert.match(shown, / {4}stderr │ x{2000} … 7000 characters left out; /);
    assert.equal(jobText(long, { ...sink(100), isTerminal: false }).split('stdout │ y\n').length, 30_001);
  });
});
