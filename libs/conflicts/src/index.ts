export {
  type Conflict,
  type ConflictEntry,
  type ConflictRow,
  conflictId,
  conflictRow,
  registerConflicts,
  sideOf,
} from './conflict.ts';
export { ConflictLedger } from './conflict-ledger.ts';
export { keepConflicts } from './conflict-providers.ts';
export { conflictsController, ReapplyConflict } from './conflicts.controller.ts';
export { CONFLICTS_DDL } from './conflicts-ddl.ts';
export { insertConflictsSql, resolveConflictsSql } from './insert-sql.ts';
