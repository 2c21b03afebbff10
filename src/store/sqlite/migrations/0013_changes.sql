-- What changed, in the order in which it was committed: the live stream reads it, and whoever comes back to the stream goes on
-- from a number of it. It is part of the commit in which something changed, so that neither a restart nor a crash leaves a gap.
-- Triggers write it, so that no statement can forget to. Only what can change again is copied; the rest is looked up.
CREATE TABLE changes (
  -- Never used again: retention leaves the newest row alone.
  seq INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  -- Row of the job, event or decision.
  ref INTEGER,
  -- Of what has no row number: `<instance>`, `<instance>/<schedule>`, `<instance> <command>` of a breaker, or a version.
  name TEXT,
  was TEXT,
  became TEXT,
  attempt INTEGER
) STRICT;

CREATE TRIGGER changes_job_made AFTER INSERT ON jobs
BEGIN
  INSERT INTO changes (kind, ref, became, attempt) VALUES ('job', NEW.seq, NEW.status, NEW.attempt);
END;

CREATE TRIGGER changes_job_moved AFTER UPDATE OF status ON jobs
BEGIN
  INSERT INTO changes (kind, ref, was, became, attempt) VALUES ('job', NEW.seq, OLD.status, NEW.status, NEW.attempt);
END;

CREATE TRIGGER changes_event AFTER INSERT ON events
BEGIN
  INSERT INTO changes (kind, ref) VALUES ('event', NEW.seq);
END;

-- Repeats only count at the row that is there.
CREATE TRIGGER changes_decision AFTER INSERT ON decisions
BEGIN
  INSERT INTO changes (kind, ref) VALUES ('decision', NEW.seq);
END;

CREATE TRIGGER changes_gateway_paused AFTER UPDATE OF paused_at ON gateway
WHEN (OLD.paused_at IS NULL) <> (NEW.paused_at IS NULL)
BEGIN
  INSERT INTO changes (kind, became) VALUES ('gateway', iif(NEW.paused_at IS NULL, 'resumed', 'paused'));
END;

CREATE TRIGGER changes_config AFTER INSERT ON config_versions
BEGIN
  INSERT INTO changes (kind, name, became) VALUES ('gateway', NEW.version, 'configured');
END;

CREATE TRIGGER changes_instance_paused AFTER UPDATE OF paused_at ON instances
WHEN (OLD.paused_at IS NULL) <> (NEW.paused_at IS NULL)
BEGIN
  INSERT INTO changes (kind, name, became) VALUES ('instance', NEW.name, iif(NEW.paused_at IS NULL, 'resumed', 'paused'));
END;

CREATE TRIGGER changes_instance_health AFTER UPDATE OF unhealthy_at ON instances
WHEN (OLD.unhealthy_at IS NULL) <> (NEW.unhealthy_at IS NULL)
BEGIN
  INSERT INTO changes (kind, name, became) VALUES ('instance', NEW.name, iif(NEW.unhealthy_at IS NULL, 'healthy', 'unhealthy'));
END;

CREATE TRIGGER changes_breaker_made AFTER INSERT ON breakers
WHEN NEW.state <> 'closed'
BEGIN
  INSERT INTO changes (kind, name, was, became) VALUES ('breaker', NEW.instance || ' ' || NEW.command, 'closed', NEW.state);
END;

CREATE TRIGGER changes_breaker_moved AFTER UPDATE OF state ON breakers
WHEN OLD.state <> NEW.state
BEGIN
  INSERT INTO changes (kind, name, was, became) VALUES ('breaker', NEW.instance || ' ' || NEW.command, OLD.state, NEW.state);
END;

CREATE TRIGGER changes_schedule_fired AFTER UPDATE OF last_job_id ON schedules
WHEN NEW.last_job_id IS NOT NULL AND OLD.last_job_id IS NOT NEW.last_job_id
BEGIN
  INSERT INTO changes (kind, name, became) VALUES ('schedule', NEW.instance || '/' || NEW.id, 'fired');
END;

CREATE TRIGGER changes_schedule_paused AFTER UPDATE OF paused_at ON schedules
WHEN (OLD.paused_at IS NULL) <> (NEW.paused_at IS NULL)
BEGIN
  INSERT INTO changes (kind, name, became)
  VALUES ('schedule', NEW.instance || '/' || NEW.id, iif(NEW.paused_at IS NULL, 'resumed', 'paused'));
END;

CREATE TRIGGER changes_schedule_skips AFTER UPDATE OF skip_at ON schedules
WHEN NEW.skip_at IS NOT NULL AND OLD.skip_at IS NOT NEW.skip_at
BEGIN
  INSERT INTO changes (kind, name, became) VALUES ('schedule', NEW.instance || '/' || NEW.id, 'skips');
END;

-- From an event to the delivery it was made of.
CREATE INDEX deliveries_by_event ON deliveries (event_id) WHERE event_id IS NOT NULL;

-- Decisions of one kind, of which there may be few among very many.
CREATE INDEX decisions_by_code ON decisions (code);
