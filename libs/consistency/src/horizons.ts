import { compareTransactions, laterTransaction, type TransactionNumber } from './transaction-number.ts';

/**
 * The problem: to tell whether a region has applied what a token asks for, without asking the region that wrote it, and
 * without keeping every write's number.
 *
 * A horizon is a promise of the origin, sent along with its events: everything of mine below this transaction's number
 * that belongs to this partition is in this partition by now. A consumer applies a partition in order; so when it has
 * applied a record stamped so, it knows the same of its own database. A plain "greatest number applied" would not do:
 * transactions commit out of the order of their numbers, and keys without writes say nothing at all.
 *
 * Kept by partition, because a read by key concerns one of them and should wait for no other.
 *
 * A record that went to the dead letters was not applied although later ones were. It holds the horizon of its partition
 * where it was until it is replayed: a region that lacks a write must not say that it has it.
 *
 * Source: the low watermark of stream processing (Akidau et al., 2015), here per origin and partition.
 * Limits: one consumer at a time per partition, as a consumer group has it.
 */
export interface PartitionHorizon {
  /** Everything of the origin below this number has come by. */
  reached: TransactionNumber;
  /** As of when, by the origin's wall clock, in milliseconds since 1970. */
  atMs: number;
  /** Records that were passed without being applied. */
  holds: readonly Hold[];
}

export interface Hold {
  /** The record's place in its partition: `<topic>/<partition>/<offset>`. */
  record: string;
  /** What was reached before it. */
  reached: TransactionNumber;
  atMs: number;
}

/** By region of origin, then by partition. */
export type Horizons = Readonly<Record<string, Readonly<Record<number, PartitionHorizon>>>>;

const NOTHING: PartitionHorizon = { reached: '0', atMs: 0, holds: [] };

/** A record with this stamp has been applied. Stamps of duplicates may be lower; a horizon never goes back. */
export function reachHorizon(
  known: PartitionHorizon | undefined,
  stamp: { horizon: TransactionNumber; atMs: number },
): PartitionHorizon {
  const { reached, atMs, holds } = known ?? NOTHING;
  return { reached: laterTransaction(reached, stamp.horizon), atMs: Math.max(atMs, stamp.atMs), holds };
}

/** A record was passed without being applied. Held once, however often it is told. */
export function holdHorizon(known: PartitionHorizon | undefined, record: string): PartitionHorizon {
  const { reached, atMs, holds } = known ?? NOTHING;
  if (holds.some((hold) => hold.record === record)) return { reached, atMs, holds };
  return { reached, atMs, holds: [...holds, { record, reached, atMs }] };
}

/** The record has been applied after all. */
export function releaseHorizon(known: PartitionHorizon | undefined, record: string): PartitionHorizon {
  const { reached, atMs, holds } = known ?? NOTHING;
  return { reached, atMs, holds: holds.filter((hold) => hold.record !== record) };
}

/** What is applied without a gap: up to where, and as of when. Undefined when nothing was heard yet. */
export function appliedHorizon(
  known: PartitionHorizon | undefined,
): { horizon: TransactionNumber; atMs: number } | undefined {
  if (!known) return undefined;
  let { reached: horizon, atMs } = known;
  for (const hold of known.holds) {
    if (compareTransactions(hold.reached, horizon) < 0) horizon = hold.reached;
    atMs = Math.min(atMs, hold.atMs);
  }
  return { horizon, atMs };
}
