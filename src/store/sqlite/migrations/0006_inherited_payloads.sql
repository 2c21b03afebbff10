-- A job whose payload is that of the event it came of has no row in `payloads`: the event stays as long as the job does.
CREATE VIEW job_payloads (job_seq, payload) AS
  SELECT jobs.seq, coalesce(payloads.payload, events.payload) FROM jobs
  LEFT JOIN payloads ON payloads.job_seq = jobs.seq
  LEFT JOIN events ON events.seq = jobs.source_event_seq;
