-- Every configuration that came into force, secrets masked; the newest is the one that is in force, or was at the last end.
CREATE TABLE config_versions (
  seq INTEGER PRIMARY KEY,
  version TEXT NOT NULL,
  at INTEGER NOT NULL,
  file TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX config_versions_by_version ON config_versions (version);
