import { systemClock } from '../platform/clock.ts';
import type { StorageStatsAnswer } from './answers.ts';
import type { AddCommand, Session } from './command.ts';
import { bytesText } from './output/bytes.ts';
import { type Column, table } from './output/table.ts';
import { relative } from './output/time.ts';

/** `ductile db …`: what the database holds. */
export const addDb: AddCommand = (parent, run) => {
  const db = parent.command('db').description('look at the database');
  db.command('stats')
    .description('rows and bytes of each table, the oldest row, and what retention would remove')
    .addHelpText('after', '\nExample:\n  $ ductile db stats')
    .action(
      run((session) =>
        session.withGateway('read', async ({ request }) => {
          const stats = await request<StorageStatsAnswer>('GET', '/api/v1/storage');
          session.show(stats, (shown) => statsText(shown, session));
          return 0;
        }),
      ),
    );
};

const TABLES: readonly Column[] = [
  { head: 'TABLE', least: 12 },
  { head: 'ROWS' },
  { head: 'DATA' },
  { head: 'INDEXES' },
  { head: 'OLDEST' },
  { head: 'DUE' },
  { head: 'ROWS STAY', least: 16, optional: true },
];

function statsText(stats: StorageStatsAnswer, { io, paint }: Session): string {
  if (stats.file === null) return 'there is no database yet\n';
  const now = systemClock.now();
  const rows = stats.tables.map((one) => [
    one.table,
    String(one.rows),
    bytesText(one.bytes),
    one.indexes.length === 0 ? '' : bytesText(one.indexes.reduce((sum, { bytes }) => sum + bytes, 0)),
    one.oldest_at === null ? '' : relative(one.oldest_at, now),
    one.due === null || one.due === 0 ? '' : String(one.due),
    one.kept,
  ]);
  const free = stats.free_bytes === 0 ? '' : `, of which ${bytesText(stats.free_bytes)} are free to be used again`;
  return [
    `${paint('strong', stats.file)}: ${bytesText(stats.bytes)}${free}; log ${bytesText(stats.wal_bytes)}; schema ${stats.schema}\n\n`,
    table(TABLES, rows, io.stdout.columns),
  ].join('');
}
