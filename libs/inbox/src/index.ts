export { AppliedHorizons } from './applied-horizons.ts';
export { type Compaction, compactInbox } from './compact-inbox.ts';
export { HORIZON_DDL } from './horizon-ddl.ts';
export { alreadyApplied, noteApplied, noteAppliedSql, type Origin } from './inbox.ts';
export { INBOX_DDL } from './inbox-ddl.ts';
export { type Gap, missingSequences } from './missing-sequences.ts';
export { runsHere, type SideEffect, type Whereabouts } from './side-effect.ts';
