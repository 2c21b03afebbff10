-- What holds jobs for longer than a limit does, and outlives the gateway: a pause, and an init that has not succeeded.
CREATE TABLE gateway (one INTEGER PRIMARY KEY CHECK (one = 1), paused_at INTEGER) STRICT;
INSERT INTO gateway (one, paused_at) VALUES (1, NULL);

ALTER TABLE instances ADD COLUMN paused_at INTEGER;
-- Hashes of what init is for: what it must have succeeded with (null: there is no init), and what it last succeeded with.
ALTER TABLE instances ADD COLUMN init_wanted TEXT;
ALTER TABLE instances ADD COLUMN init_done TEXT;
-- The latest job that runs init, and the hash that was wanted when it was made.
ALTER TABLE instances ADD COLUMN init_job_id TEXT;
ALTER TABLE instances ADD COLUMN init_tried TEXT;
-- When init first ended badly since the instance was healthy: the event about it is told once.
ALTER TABLE instances ADD COLUMN init_failed_at INTEGER;
-- Since when its jobs wait for init. Claims look at this alone.
ALTER TABLE instances ADD COLUMN unhealthy_at INTEGER
  CHECK ((unhealthy_at IS NULL) = (init_wanted IS NULL OR init_wanted IS init_done));
