import type { DatabaseSync } from 'node:sqlite';

/**
 * Jobs made although an older one with their key succeeded within its window. One that was retried may have succeeded
 * only after the later was made.
 */
const UNABSORBED = `
  SELECT later.id, earlier.id AS by FROM jobs AS later JOIN jobs AS earlier
    ON earlier.dedupe_key = later.dedupe_key AND earlier.instance = later.instance AND earlier.command = later.command
  WHERE earlier.seq < later.seq AND earlier.status = 'succeeded'
    AND later.created_at < earlier.created_at + earlier.dedupe_window_ms
    AND NOT EXISTS (
      SELECT 1 FROM simulation_moves AS move
      WHERE move.id = earlier.id AND move.before IN ('failed', 'dead', 'cancelled') AND move.after = 'queued'
    )`;

/** Drafts that a success should have absorbed; to be asked only where the clock never went back. */
export function unabsorbed(database: DatabaseSync): readonly string[] {
  const found = database.prepare(UNABSORBED).all();
  return found.map(({ id, by }) => `window: job ${id} was made within the window of ${by}, which succeeded`);
}
