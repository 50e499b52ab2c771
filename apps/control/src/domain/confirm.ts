import type { ConfirmationResponse } from '@meridian/contracts';

/** How far the acceptor of a region has come: 0 where it has done nothing yet. */
export interface HowFar {
  /** The newest that is known to be decided. */
  newestEpoch: number;
  acceptedEpoch: number;
  promisedEpoch: number;
  /** Null while this acceptor has no vote. */
  joinedAfter: number | null;
}

/**
 * Whether `epoch` is still the newest, on the word of one region. An acceptor confirms nothing once it has accepted a value
 * in a later epoch, as that may be decided without its knowing; and nothing about a time of which it has no memory.
 */
export function confirm(epoch: number, at: HowFar): ConfirmationResponse {
  const { newestEpoch, acceptedEpoch, promisedEpoch, joinedAfter } = at;
  return {
    confirmed: newestEpoch === epoch && acceptedEpoch <= epoch && joinedAfter !== null && joinedAfter <= epoch,
    newestEpoch,
    acceptedEpoch,
    highestEpoch: Math.max(newestEpoch, acceptedEpoch, promisedEpoch, joinedAfter ?? 0),
  };
}
