/**
 * For hot statements on tables with triggers. SQLite would copy each page before such a statement changes it, to undo
 * that one alone: 4 µs. Here whatever fails ends its transaction in any case, see `createGroupCommit`.
 */
export const OR_ROLLBACK = 'OR ROLLBACK';
