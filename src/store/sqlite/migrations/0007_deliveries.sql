-- The inbox of the webhooks: what was verified, exactly as it came, and what it became.
CREATE TABLE deliveries (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  remote TEXT NOT NULL,
  sender_id TEXT,
  -- SHA-256, as bytes: its place in the index is random, so short keys count.
  fingerprint BLOB CHECK (length(fingerprint) = 32),
  -- 0: no repeat of another, and none of it.
  dedupe INTEGER NOT NULL CHECK (dedupe IN (0, 1)),
  job_id TEXT,
  event_id TEXT,
  format TEXT NOT NULL CHECK (format IN ('json', 'form', 'raw')),
  passes_body INTEGER NOT NULL CHECK (passes_body IN (0, 1)),
  content_type TEXT,
  headers TEXT NOT NULL,
  query TEXT NOT NULL,
  -- Last, so that lists never read it.
  body BLOB NOT NULL
) STRICT;
-- An id names one delivery for ever.
CREATE UNIQUE INDEX deliveries_by_id ON deliveries (id);
-- A delivery is taken once, whether its sender repeats its id or, where that is not signed, somebody else repeats what was signed.
CREATE UNIQUE INDEX deliveries_by_sender ON deliveries (endpoint, sender_id) WHERE dedupe = 1 AND sender_id IS NOT NULL;
CREATE UNIQUE INDEX deliveries_by_fingerprint ON deliveries (endpoint, fingerprint) WHERE dedupe = 1 AND fingerprint IS NOT NULL;
CREATE INDEX deliveries_by_endpoint ON deliveries (endpoint);
-- The request of each attempt is told of the delivery.
CREATE INDEX deliveries_by_job ON deliveries (job_id) WHERE job_id IS NOT NULL;
-- Retention, and counts per endpoint.
CREATE INDEX deliveries_by_age ON deliveries (received_at, endpoint);

-- Apart from deliveries: to change a row is to write it whole, body included.
CREATE TABLE delivery_repeats (
  delivery_seq INTEGER PRIMARY KEY,
  endpoint TEXT NOT NULL,
  count INTEGER NOT NULL CHECK (count >= 1),
  last_at INTEGER NOT NULL
) STRICT;
CREATE INDEX delivery_repeats_by_age ON delivery_repeats (last_at);

-- Requests that endpoints refused, counted by the hour; nothing is kept of what they held.
CREATE TABLE rejections (
  seq INTEGER PRIMARY KEY,
  endpoint TEXT NOT NULL,
  reason TEXT NOT NULL,
  -- Empty: of several clients.
  remote TEXT NOT NULL,
  -- Beginning of the hour of the last one.
  hour_at INTEGER NOT NULL,
  count INTEGER NOT NULL CHECK (count >= 1),
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL
) STRICT;
-- One row per hour and kind: the upsert on it counts.
CREATE UNIQUE INDEX rejections_by_kind ON rejections (endpoint, reason, hour_at, remote);
CREATE INDEX rejections_by_endpoint ON rejections (endpoint);
CREATE INDEX rejections_by_age ON rejections (hour_at);

-- Lists of deliveries that failed. Only the end of a webhook's job touches it.
CREATE INDEX jobs_ended_badly_by_webhook ON jobs (id)
  WHERE status IN ('failed', 'dead', 'cancelled') AND submitted_by >= 'webhook:' AND submitted_by < 'webhook;';
