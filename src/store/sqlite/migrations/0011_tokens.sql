-- Tokens of the API. Of the text of one only its SHA-256 is kept: it is 32 random bytes, so nothing is to be guessed.
CREATE TABLE tokens (
  -- Never given to another, also once retention has removed it: what a token was allowed is known by it.
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
  -- JSON lists; of instances, null means all.
  scopes TEXT NOT NULL,
  instances TEXT,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  expires_at INTEGER,
  -- When it was revoked, or gave its name to another one after it had expired.
  ended_at INTEGER,
  ended_by TEXT,
  -- The latest use, to the minute.
  used_at INTEGER,
  used_from TEXT,
  CHECK ((ended_at IS NULL) = (ended_by IS NULL))
) STRICT;
-- One at a time bears a name; who revoked one may give its name to another.
CREATE UNIQUE INDEX tokens_by_name ON tokens (name) WHERE ended_at IS NULL;
