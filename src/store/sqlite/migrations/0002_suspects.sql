-- The poison guard. Ends of the gateway in a row at which the job was running; 0 once it is known to do no harm.
ALTER TABLE jobs ADD COLUMN unclean_ends INTEGER NOT NULL DEFAULT 0 CHECK (unclean_ends >= 0);
-- The attempt that was counted last, so that an end counts once though its recovery be cut short and done again.
ALTER TABLE jobs ADD COLUMN counted_attempt INTEGER;
-- 1: it runs alone, after the others. Only a job that may still run is a suspect.
ALTER TABLE jobs ADD COLUMN suspect INTEGER NOT NULL DEFAULT 0
  CHECK (suspect = 0 OR (suspect = 1 AND unclean_ends > 0 AND completed_at IS NULL));

-- Claim: as before, but of ordinary jobs; a suspect is never the head of its instance.
DROP INDEX jobs_ready;
CREATE INDEX jobs_ready ON jobs (instance, priority DESC, run_at, seq) WHERE ready = 1 AND suspect = 0;
-- The few jobs that were running at the last end, suspects among them; empty in a life without accidents.
CREATE INDEX jobs_under_watch ON jobs (suspect) WHERE unclean_ends > 0;
