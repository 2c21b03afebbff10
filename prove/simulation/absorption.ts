import type { DatabaseSync } from 'node:sqlite';

/**
 * Jobs made although an older one with their key succeeded within its window. Keys of which a job was retried are left
 * out: the retried job takes the key over.
 */
const UNABSORBED = `
  SELECT later.id, earlier.id AS by FROM jobs AS later JOIN jobs AS earlier
    ON earlier.dedupe_key = later.dedupe_key AND earlier.instance = later.instance AND earlier.command = later.command
  WHERE earlier.seq < later.seq AND earlier.status = 'succeeded'
    AND later.created_at < earlier.created_at + earlier.dedupe_window_ms
    AND NOT EXISTS (
      SELECT 1 FROM simulation_moves AS move JOIN jobs AS retried ON retried.id = move.id
      WHERE move.before IN ('failed', 'dead', 'cancelled') AND move.after = 'queued' AND retried.dedupe_key = later.dedupe_key
        AND retried.instance = later.instance AND retried.command = later.command
    )`;

/** Drafts that a success should have absorbed; to be asked only where the clock never went back. */
export function unabsorbed(database: DatabaseSync): readonly string[] {
  const found = database.prepare(UNABSORBED).all();
  return found.map(({ id, by }) => `window: job ${id} was made within the window of ${by}, which succeeded`);
}
