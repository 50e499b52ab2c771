export { AppliedHorizons } from './applied-horizons.ts';
export { type Compaction, compactInbox } from './compact-inbox.ts';
export {
  countOpenDeadLetters,
  type DeadLetterNote,
  type DeadLetterRow,
  findDeadLetter,
  listDeadLetters,
  noteDeadLetter,
  type RecordPlace,
  type ReplayOutcome,
  replayOnce,
  settleDeadLetters,
} from './dead-letters.ts';
export { DEAD_LETTERS_DDL } from './dead-letters-ddl.ts';
export { GapWatch } from './gap-watch.ts';
export { forgetSource, lastSequencesOf, raiseWatermark } from './heard-of.ts';
export { HORIZON_DDL } from './horizon-ddl.ts';
export { alreadyApplied, noteApplied, noteAppliedSql, type Origin } from './inbox.ts';
export { INBOX_DDL } from './inbox-ddl.ts';
export { readInboxState, type SourceState } from './inbox-state.ts';
export { closeGap, type Gap, missingSequences } from './missing-sequences.ts';
export { NOTED, newOnes, noteTogetherSql } from './note-together.ts';
export { runsHere, type SideEffect, type SideEffects, type Whereabouts } from './side-effect.ts';
