import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Connection } from '../src/store/sqlite/connection.ts';
import { gatherSigns } from '../src/store/sqlite/delivery-signs.ts';
import { DATABASE_FILE } from '../src/store/sqlite/open.ts';

/** Statements by name, each with the steps of its plan. */
export type Plans = Readonly<Record<string, readonly [sql: string, steps: readonly string[]]>>;

/** Holds the statements against how SQLite would carry them out in the database of a state directory. */
export function expectPlans(dir: string, plans: Plans): void {
  const db = new Connection(join(dir, DATABASE_FILE));
  try {
    gatherSigns(db);
    for (const [name, [sql, expected]] of Object.entries(plans)) {
      const plan = db.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`);
      const normal = plan.map(({ detail }) => detail.replace(/( SUBQUERY|\(subquery)[ -]\d+/, '$1'));
      assert.deepEqual(normal, expected, name);
    }
  } finally {
    db.close();
  }
}
