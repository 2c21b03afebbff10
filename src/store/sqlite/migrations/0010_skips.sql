-- The slot, by its nominal time, that somebody asked to skip; null: none. One that has passed means nothing any more.
ALTER TABLE schedules ADD COLUMN skip_at INTEGER;
