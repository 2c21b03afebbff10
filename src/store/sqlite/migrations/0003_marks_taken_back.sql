-- A retried job takes its key back from one that succeeded with it meanwhile. Should it end badly, that one absorbs again.
ALTER TABLE dedupe_marks ADD COLUMN before_job_id TEXT;
ALTER TABLE dedupe_marks ADD COLUMN before_until_at INTEGER CHECK ((before_until_at IS NULL) = (before_job_id IS NULL));
