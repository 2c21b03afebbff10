-- A payload that is the body of a delivery, word for word, is not stored again: most senders write JSON as it is written here.
-- The delivery stays as long as the job or event that has its payload there.
ALTER TABLE jobs ADD COLUMN delivery_seq INTEGER;
-- With one of these `payload` is empty.
ALTER TABLE events ADD COLUMN delivery_seq INTEGER;

DROP VIEW job_payloads;
CREATE VIEW job_payloads (job_seq, payload) AS
  SELECT jobs.seq, coalesce(payloads.payload, CAST(own.body AS TEXT), CAST(inherited.body AS TEXT), events.payload) FROM jobs
  LEFT JOIN payloads ON payloads.job_seq = jobs.seq
  LEFT JOIN deliveries AS own ON own.seq = jobs.delivery_seq
  LEFT JOIN events ON events.seq = jobs.source_event_seq
  LEFT JOIN deliveries AS inherited ON inherited.seq = events.delivery_seq;
