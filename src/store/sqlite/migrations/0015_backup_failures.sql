-- A planned backup that failed is told to whom `service.on_failure` names, so it is one more kind of what is untold. A check
-- cannot be changed in place; the table holds what gathered since the last message and is made anew.
DROP TRIGGER untold_job;
DROP TRIGGER untold_decision;
CREATE TABLE untold_next (
  -- Never used again: a message takes what came up to a number.
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('failed', 'dead', 'breaker_opened', 'expectation_missed', 'backup_failed')),
  job_id TEXT,
  instance TEXT,
  command TEXT,
  code TEXT,
  message TEXT,
  -- Errors of one code say it in many ways; the others differ by what is said of them.
  about TEXT AS (CASE WHEN kind IN ('failed', 'dead') THEN NULL ELSE message END)
) STRICT;
INSERT INTO untold_next (seq, at, kind, job_id, instance, command, code, message)
SELECT seq, at, kind, job_id, instance, command, code, message FROM untold;
DROP TABLE untold;
ALTER TABLE untold_next RENAME TO untold;

-- Groups are counted from here alone, however many failures there are.
CREATE INDEX untold_groups ON untold (kind, instance, command, code, about);

-- What came of the core's own jobs and events counts for nothing here: a message that fails would make the next.
CREATE TRIGGER untold_job AFTER UPDATE OF status ON jobs
WHEN NEW.status IN ('failed', 'dead') AND NEW.from_core = 0
BEGIN
  INSERT INTO untold (at, kind, job_id, instance, command, code, message)
  SELECT NEW.completed_at, NEW.status, NEW.id, NEW.instance, NEW.command, NEW.last_error_code, NEW.last_error_message
  FROM failure_watch;
END;

CREATE TRIGGER untold_decision AFTER INSERT ON decisions
WHEN NEW.code IN ('breaker_opened', 'expectation_missed', 'backup_failed')
BEGIN
  INSERT INTO untold (at, kind, job_id, instance, code, message)
  SELECT NEW.first_at, NEW.code, NEW.job_id, NEW.instance, NEW.code, NEW.text FROM failure_watch;
END;
