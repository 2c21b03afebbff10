-- Lists of the queue of one instance, counts, and jobs of instances that are gone. A claim does not touch it.
CREATE INDEX jobs_active_by_instance ON jobs (instance) WHERE completed_at IS NULL;
-- The dead-letter desk of one instance.
CREATE INDEX jobs_ended_badly_by_instance ON jobs (instance, status) WHERE status IN ('failed', 'dead', 'cancelled');
-- Promotion and the next wake-up; counts do not read it any more.
DROP INDEX jobs_delayed;
CREATE INDEX jobs_delayed ON jobs (run_at) WHERE ready = 0;
