-- Whom `service.on_failure` names wants to be told of failures; there is no row while it names nobody. One at most.
CREATE TABLE failure_watch (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  -- When a message was last made.
  told_at INTEGER
) STRICT;

-- What went wrong and is in no message yet. It is part of the commit in which it went wrong, so that no restart loses any.
CREATE TABLE untold (
  -- Never used again: a message takes what came up to a number.
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('failed', 'dead', 'breaker_opened', 'expectation_missed')),
  job_id TEXT,
  instance TEXT,
  command TEXT,
  code TEXT,
  message TEXT,
  -- Errors of one code say it in many ways; breakers and expectations differ by what is said of them.
  about TEXT AS (CASE WHEN kind IN ('failed', 'dead') THEN NULL ELSE message END)
) STRICT;

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
WHEN NEW.code IN ('breaker_opened', 'expectation_missed')
BEGIN
  INSERT INTO untold (at, kind, job_id, instance, code, message)
  SELECT NEW.first_at, NEW.code, NEW.job_id, NEW.instance, NEW.code, NEW.text FROM failure_watch;
END;
