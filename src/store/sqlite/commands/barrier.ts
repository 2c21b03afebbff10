import type { Connection } from '../connection.ts';

const PASS = 'UPDATE barrier SET passed = passed + 1 WHERE one = 1';

/** Gives the commit something to sync, and with it every claim before. */
export function barrier(db: Connection): null {
  db.run(PASS);
  return null;
}
