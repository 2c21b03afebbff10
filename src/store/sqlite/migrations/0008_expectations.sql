-- What is expected to be seen, and when it last was. A sight is part of the commit that holds what is seen, so that neither
-- a restart nor retention loses one.
CREATE TABLE expectations (
  name TEXT PRIMARY KEY,
  -- An event type, exact or `prefix.*`; who submits the jobs (`scheduler:<instance>/<schedule>`); `<instance>` or `<instance> <command>`.
  kind TEXT NOT NULL CHECK (kind IN ('event', 'schedule', 'job')),
  pattern TEXT NOT NULL,
  -- Since when it has been expected.
  since_at INTEGER NOT NULL,
  seen_at INTEGER,
  -- Since when it has been reported as missed; null: it is not. It is told once.
  missed_at INTEGER
) STRICT;

-- What came of a core event counts for nothing here, and neither do the events about expectations: they would answer themselves.
CREATE TRIGGER expectations_see_event AFTER INSERT ON events
WHEN (NEW.from_core = 0 OR NEW.source = 'core') AND NEW.type NOT GLOB 'ductile.expectation.*'
BEGIN
  UPDATE expectations SET seen_at = NEW.created_at
  WHERE kind = 'event' AND NEW.type GLOB pattern AND (pattern <> '*' OR NEW.type NOT GLOB 'ductile.*');
END;

CREATE TRIGGER expectations_see_job AFTER UPDATE OF status ON jobs
WHEN NEW.status = 'succeeded' AND NEW.from_core = 0
BEGIN
  UPDATE expectations SET seen_at = NEW.completed_at
  WHERE (kind = 'schedule' AND pattern = NEW.submitted_by)
    OR (kind = 'job' AND pattern IN (NEW.instance, NEW.instance || ' ' || NEW.command));
END;
