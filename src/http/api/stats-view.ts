import type { StorageStats } from '../../engine/operations.ts';
import { instant } from './instant-view.ts';

/** What is stored and where the bytes are. */
export function statsView({ file, schema, bytes, freeBytes, walBytes, synchronous, tables }: StorageStats) {
  return {
    file,
    schema,
    bytes,
    free_bytes: freeBytes,
    wal_bytes: walBytes,
    synchronous,
    tables: tables.map(({ oldestAt, indexes, ...table }) => ({ ...table, oldest_at: instant(oldestAt), indexes })),
  };
}
