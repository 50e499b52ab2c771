/**
 * What the failure of a send means. kafkajs knows only "retriable", and gives up on those as well; here everything that
 * is not known to be for good is tried again, as an outage has many faces (among them `TypeError`s from inside kafkajs).
 *
 * - `refused`: the broker has read the records and will never take them.
 * - `unknown`: it has no such topic or partition. It may be made in a moment, so this is for good only after a while.
 * - `asked-again`: it answered that it cannot now.
 * - `lost`: no answer. The connection is of no use any more; the records may have been written or not.
 */
export type SendFailure = 'refused' | 'unknown' | 'asked-again' | 'lost';

const OUT_OF_SEQUENCE = ['OUT_OF_ORDER_SEQUENCE_NUMBER', 'DUPLICATE_SEQUENCE_NUMBER', 'INVALID_PRODUCER_EPOCH'];
const REFUSED = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'INVALID_TOPIC_EXCEPTION',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'POLICY_VIOLATION',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  // Of the producer that a batch names another one is due: as it is, it will never be taken.
  ...OUT_OF_SEQUENCE,
]);

export function kindOfSendFailure(failure: unknown): SendFailure {
  const type = protocolErrorOf(failure);
  if (!type) return 'lost';
  if (REFUSED.has(type)) return 'refused';
  return type === 'UNKNOWN_TOPIC_OR_PARTITION' ? 'unknown' : 'asked-again';
}

export const isOutOfSequence = (failure: unknown) => OUT_OF_SEQUENCE.includes(protocolErrorOf(failure) ?? '');

/** A topic that is about to be made is waited for. */
const UNKNOWN_FOR_MS = 10_000;

/** Told of the failures of one send as they come, says of each whether the records are given up. */
export function createVerdict(nowMs: () => number): (kind: SendFailure) => boolean {
  let unknownSinceMs: number | undefined;
  return (kind) => {
    // Any other failure says nothing of the topic: an outage between two answers counts for neither.
    if (kind !== 'unknown') unknownSinceMs = undefined;
    else unknownSinceMs ??= nowMs();
    return kind === 'refused' || (unknownSinceMs !== undefined && nowMs() - unknownSinceMs >= UNKNOWN_FOR_MS);
  };
}

/** The broker's name for an error, which kafkajs may have wrapped. */
function protocolErrorOf(failure: unknown): string | undefined {
  for (let at = failure; at instanceof Error; at = at.cause) {
    const { type } = at as { type?: unknown };
    if (typeof type === 'string') return type;
  }
  return undefined;
}
