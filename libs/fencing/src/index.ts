/**
 * The service's side of epochs: what it was told of who may serve and write, and where that is checked. What is decided,
 * and how regions agree on it, is for control; who is sent where is for the edge. Neither has to be right for a write under
 * a decision that is over to be refused here.
 */
export { EpochController } from './epoch.controller.ts';
export { EPOCH_DDL, FENCED_SQLSTATE } from './epoch-ddl.ts';
export { EpochStore } from './epoch-store.ts';
export { Epochs, type EpochsOptions } from './epochs.ts';
export { Fence } from './fence.ts';
export { FenceHooks } from './fence-hooks.ts';
export { type FencedKind, fencedOperations } from './fenced-operations.ts';
export { isFencedCommit } from './is-fenced-commit.ts';
export { type KnownEpoch, type Learnt, learn, needsLease, type ToldEpoch } from './known-epoch.ts';
export {
  type Asking,
  type FenceRefusal,
  type MayServe,
  mayServePeer,
  mayTakeRead,
  mayTakeWrite,
  servesPeers,
} from './may-serve.ts';
export { writeFor, writtenFor } from './written-for.ts';
