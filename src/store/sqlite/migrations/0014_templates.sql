-- The instances of a configuration as attempts run them, secrets by reference, as JSON by name; null: noted by an older version.
ALTER TABLE config_versions ADD COLUMN templates TEXT;
