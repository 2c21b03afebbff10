import { DatabaseSync } from 'node:sqlite';

// Loaded into a gateway before its own code (`node --import`), this plants a fault: acknowledged commits are no longer
// synced. The campaign that records such a gateway must find acknowledged jobs lost.

const exec = DatabaseSync.prototype.exec;

DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string): void {
  // Only where it stands alone: the gateway checks that it was set when the database was opened.
  exec.call(this, sql.replace(/^\s*(PRAGMA\s+synchronous\s*=\s*)FULL\s*;?\s*$/i, '$1NORMAL'));
};
