-- Which job another one runs again. Apart from jobs: few are replays, and a column would have every row looked at.
CREATE TABLE replays (
  -- Of the new job.
  job_seq INTEGER PRIMARY KEY,
  replay_of TEXT NOT NULL,
  -- The delivery that the first job of the chain was made of; null: no webhook made it, or it is not kept.
  delivery_seq INTEGER
) STRICT;
CREATE INDEX replays_by_original ON replays (replay_of);
-- A delivery stays as long as a job that is told of it.
CREATE INDEX replays_by_delivery ON replays (delivery_seq) WHERE delivery_seq IS NOT NULL;

-- The desk: jobs that are failed or dead and were neither retried nor replayed, in the order in which they ended.
CREATE TABLE dead_letters (
  -- Begins after the last job there is, so that those of before can be entered at the number of their own row.
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  job_seq INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  ended_at INTEGER NOT NULL
) STRICT;
INSERT INTO sqlite_sequence (name, seq) SELECT 'dead_letters', coalesce(max(seq), 0) FROM jobs;
-- A job is on the desk once.
CREATE UNIQUE INDEX dead_letters_by_job ON dead_letters (job_seq);
CREATE INDEX dead_letters_by_fingerprint ON dead_letters (fingerprint);

-- What they have in common, with their number, since counting many of them takes long.
CREATE TABLE dead_groups (
  fingerprint TEXT PRIMARY KEY,
  instance TEXT NOT NULL,
  command TEXT NOT NULL,
  code TEXT,
  count INTEGER NOT NULL CHECK (count >= 1),
  -- The latest dead letter that came in; it may have left since.
  latest_seq INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX dead_groups_by_latest ON dead_groups (latest_seq);
CREATE UNIQUE INDEX dead_groups_by_instance ON dead_groups (instance, latest_seq);

-- However a job leaves the desk, its group counts one less, and the last one takes the group with it.
CREATE TRIGGER dead_letter_leaves AFTER DELETE ON dead_letters
BEGIN
  DELETE FROM dead_groups WHERE fingerprint = OLD.fingerprint AND count = 1;
  UPDATE dead_groups SET count = count - 1 WHERE fingerprint = OLD.fingerprint;
END;

-- Dead letters of before are entered little by little, from the newest to the oldest.
CREATE TABLE ungrouped (
  status TEXT PRIMARY KEY CHECK (status IN ('failed', 'dead')),
  -- Rows of jobs below this number are still to be looked at.
  below INTEGER NOT NULL
) STRICT;
INSERT INTO ungrouped (status, below)
  SELECT status.column1, (SELECT max(seq) + 1 FROM jobs) FROM (VALUES ('failed'), ('dead')) AS status
  WHERE EXISTS (SELECT 1 FROM jobs);

-- Requests that their sender may send again, and what came of them.
CREATE TABLE idempotency_keys (
  seq INTEGER PRIMARY KEY,
  -- `cli` or `api:<token>`.
  owner TEXT NOT NULL,
  key TEXT NOT NULL,
  -- Stands for the method, path and body of the request.
  request TEXT NOT NULL,
  at INTEGER NOT NULL,
  -- What the store made of it, in the same commit; null: it was more than one command.
  outcome TEXT,
  -- What was answered; null: nothing final yet, or it was too large.
  status INTEGER,
  body TEXT,
  CHECK ((status IS NULL) = (body IS NULL))
) STRICT;
-- Whoever comes first carries it out.
CREATE UNIQUE INDEX idempotency_keys_by_key ON idempotency_keys (owner, key);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (at);
