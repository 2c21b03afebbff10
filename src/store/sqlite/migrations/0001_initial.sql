-- Jobs, whether waiting, running or ended. Moving ended jobs to another table buys nothing: every hot index is partial.
CREATE TABLE jobs (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  instance TEXT NOT NULL,
  plugin TEXT NOT NULL,
  command TEXT NOT NULL,
  priority INTEGER NOT NULL CHECK (priority BETWEEN -100 AND 100),
  status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'dead', 'cancelled')),
  -- Of queued jobs only: 1 competes for slots now, 0 waits for run_at. Once due, a job stays due though the clock be turned back.
  ready INTEGER CHECK (ready IN (0, 1)),
  attempt INTEGER NOT NULL CHECK (attempt >= 0),
  attempts_used INTEGER NOT NULL CHECK (attempts_used >= 0),
  max_attempts INTEGER NOT NULL CHECK (max_attempts >= 1),
  orphans INTEGER NOT NULL CHECK (orphans >= 0),
  run_at INTEGER NOT NULL,
  lease_expires_at INTEGER,
  owner TEXT,
  dedupe_key TEXT,
  dedupe_window_ms INTEGER NOT NULL,
  idempotency_key TEXT NOT NULL,
  submitted_by TEXT NOT NULL,
  parent_job_id TEXT,
  root_job_id TEXT NOT NULL,
  source_event_id TEXT,
  source_event_seq INTEGER,
  depth INTEGER NOT NULL CHECK (depth >= 0),
  timeout_ms INTEGER,
  from_core INTEGER NOT NULL CHECK (from_core IN (0, 1)),
  config_version TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  completed_at INTEGER,
  last_error_code TEXT,
  last_error_message TEXT,
  CHECK ((status = 'queued') = (ready IS NOT NULL)),
  CHECK ((status IN ('queued', 'running')) = (completed_at IS NULL)),
  CHECK ((status = 'running') = (owner IS NOT NULL)),
  CHECK ((last_error_code IS NULL) = (last_error_message IS NULL))
) STRICT;

-- An id names one job for ever.
CREATE UNIQUE INDEX jobs_by_id ON jobs (id);
-- Claim: the head of each instance. It leads with the instance so that a backlog at its cap is never looked at.
CREATE INDEX jobs_ready ON jobs (instance, priority DESC, run_at, seq) WHERE ready = 1;
-- Promotion and the next wake-up.
CREATE INDEX jobs_delayed ON jobs (run_at) WHERE ready = 0;
-- Caps are counted from here.
CREATE INDEX jobs_running ON jobs (instance) WHERE status = 'running';
-- Listing the queue without walking over finished rows; a claim does not touch it.
CREATE INDEX jobs_active ON jobs (seq) WHERE completed_at IS NULL;
-- Lists of the queue of one instance, counts, and jobs of instances that are gone. A claim does not touch it.
CREATE INDEX jobs_active_by_instance ON jobs (instance) WHERE completed_at IS NULL;
-- Is anything of a lineage still to come?
CREATE INDEX jobs_active_lineage ON jobs (root_job_id) WHERE completed_at IS NULL;
CREATE INDEX jobs_lineage ON jobs (root_job_id);
CREATE INDEX jobs_by_parent ON jobs (parent_job_id) WHERE parent_job_id IS NOT NULL;
-- Keeps an event as long as a job came of it.
CREATE INDEX jobs_by_event ON jobs (source_event_id) WHERE source_event_id IS NOT NULL;
CREATE INDEX jobs_by_instance ON jobs (instance);
CREATE INDEX jobs_by_age ON jobs (created_at);
-- The dead-letter desk.
CREATE INDEX jobs_ended_badly ON jobs (status) WHERE status IN ('failed', 'dead', 'cancelled');
-- The same of one instance.
CREATE INDEX jobs_ended_badly_by_instance ON jobs (instance, status) WHERE status IN ('failed', 'dead', 'cancelled');
-- Retention, and counts of the last day.
CREATE INDEX jobs_ended ON jobs (status, completed_at, instance) WHERE completed_at IS NOT NULL;

-- Immutable and read once per attempt, so kept apart from the rows that change.
CREATE TABLE payloads (job_seq INTEGER PRIMARY KEY, payload TEXT NOT NULL) STRICT;
CREATE TABLE results (job_seq INTEGER PRIMARY KEY, result TEXT NOT NULL) STRICT;

-- Small columns first: the history of a job is read without its output.
CREATE TABLE attempts (
  seq INTEGER PRIMARY KEY,
  job_seq INTEGER NOT NULL,
  attempt INTEGER NOT NULL CHECK (attempt >= 1),
  instance TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('succeeded', 'failed', 'timed_out', 'crashed', 'protocol_error', 'output_limit',
    'spawn_failed', 'orphaned', 'interrupted', 'cancelled')),
  error_code TEXT,
  error_message TEXT,
  started_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  pid INTEGER,
  exit_code INTEGER,
  signal TEXT,
  retry_at INTEGER,
  config_version TEXT NOT NULL,
  state_version INTEGER NOT NULL,
  stderr_bytes INTEGER NOT NULL,
  stderr_file TEXT,
  truncated INTEGER NOT NULL CHECK (truncated IN (0, 1)),
  logs_dropped INTEGER NOT NULL,
  warnings TEXT NOT NULL,
  logs TEXT NOT NULL,
  stderr TEXT NOT NULL,
  raw_output TEXT,
  response TEXT NOT NULL
) STRICT;
-- The evidence of an attempt is written once.
CREATE UNIQUE INDEX attempts_by_job ON attempts (job_seq, attempt);
-- A failed attempt keeps the version of the state it was given, so that its request can be rebuilt.
CREATE INDEX attempts_needing_state ON attempts (instance, state_version) WHERE outcome <> 'succeeded';

-- What absorbs drafts. Apart from jobs, so that retention of jobs cannot let a repeat through.
CREATE TABLE dedupe_marks (
  instance TEXT NOT NULL,
  command TEXT NOT NULL,
  key TEXT NOT NULL,
  job_id TEXT NOT NULL,
  -- 1: the job is queued or running and absorbs whatever the time; 0: it succeeded and absorbs before until_at.
  live INTEGER NOT NULL CHECK (live IN (0, 1)),
  until_at INTEGER NOT NULL,
  -- One job per scope at a time: the upsert on it is the whole decision.
  PRIMARY KEY (instance, command, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX dedupe_marks_by_end ON dedupe_marks (until_at) WHERE live = 0;

CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  source TEXT NOT NULL,
  type TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  dedupe_key TEXT,
  job_id TEXT,
  attempt INTEGER,
  root_job_id TEXT,
  depth INTEGER NOT NULL,
  from_core INTEGER NOT NULL CHECK (from_core IN (0, 1)),
  payload TEXT NOT NULL
) STRICT;
-- A repeated id from one source is a repeat of the event; two sources may choose the same id.
CREATE UNIQUE INDEX events_by_id ON events (id, source);
CREATE INDEX events_by_type ON events (type);
CREATE INDEX events_by_source ON events (source);
CREATE INDEX events_by_job ON events (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX events_by_age ON events (created_at);

CREATE TABLE decisions (
  seq INTEGER PRIMARY KEY,
  code TEXT NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  count INTEGER NOT NULL CHECK (count >= 1),
  text TEXT NOT NULL,
  job_id TEXT,
  event_id TEXT,
  instance TEXT,
  schedule TEXT,
  route TEXT,
  collapse_key TEXT,
  value TEXT NOT NULL
) STRICT;
-- Repeats under one key are one row with a count.
CREATE UNIQUE INDEX decisions_by_key ON decisions (collapse_key) WHERE collapse_key IS NOT NULL;
CREATE INDEX decisions_by_job ON decisions (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX decisions_by_event ON decisions (event_id) WHERE event_id IS NOT NULL;
CREATE INDEX decisions_by_instance ON decisions (instance) WHERE instance IS NOT NULL;
CREATE INDEX decisions_by_schedule ON decisions (schedule) WHERE schedule IS NOT NULL;
CREATE INDEX decisions_by_route ON decisions (route) WHERE route IS NOT NULL;
CREATE INDEX decisions_by_age ON decisions (last_at);

-- The state of an instance, once per change; the highest version is the present one.
CREATE TABLE state_versions (
  seq INTEGER PRIMARY KEY,
  instance TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version >= 1),
  at INTEGER NOT NULL,
  job_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  value TEXT NOT NULL
) STRICT;
-- Two finishes cannot both make the same version.
CREATE UNIQUE INDEX state_versions_by_instance ON state_versions (instance, version);
CREATE INDEX state_versions_by_age ON state_versions (at);

-- The instances of the snapshot in force; jobs of others are not claimed.
CREATE TABLE instances (
  name TEXT PRIMARY KEY,
  cap INTEGER NOT NULL CHECK (cap >= 0),
  rate_count INTEGER CHECK (rate_count >= 1),
  rate_per_ms INTEGER CHECK (rate_per_ms >= 1),
  -- The rate limit is one time (GCRA): starts are held before it.
  rate_open_at REAL NOT NULL DEFAULT 0,
  CHECK ((rate_count IS NULL) = (rate_per_ms IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE schedules (
  instance TEXT NOT NULL,
  id TEXT NOT NULL,
  hash TEXT NOT NULL,
  high_water_at INTEGER NOT NULL,
  paused_at INTEGER,
  last_job_id TEXT,
  last_slot_at INTEGER,
  PRIMARY KEY (instance, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE slots (
  instance TEXT NOT NULL,
  schedule TEXT NOT NULL,
  slot_at INTEGER NOT NULL,
  job_id TEXT NOT NULL,
  -- A slot fires at most once, whatever becomes of the high-water mark.
  PRIMARY KEY (instance, schedule, slot_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX slots_by_age ON slots (slot_at);

CREATE TABLE breakers (
  instance TEXT NOT NULL,
  command TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('closed', 'open', 'half_open')),
  failures INTEGER NOT NULL CHECK (failures >= 0),
  opened_at INTEGER,
  probe_job_id TEXT,
  PRIMARY KEY (instance, command)
) STRICT, WITHOUT ROWID;

-- One row that a barrier changes, so that its commit has something to sync.
CREATE TABLE barrier (one INTEGER PRIMARY KEY CHECK (one = 1), passed INTEGER NOT NULL) STRICT;
INSERT INTO barrier (one, passed) VALUES (1, 0);
