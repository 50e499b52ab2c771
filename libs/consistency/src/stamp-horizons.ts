import type { TransactionNumber } from './transaction-number.ts';

/**
 * The horizon that each record may promise, for records in the order of their transactions, of which every one below
 * `bound` is either here or was sent before. A record may promise everything below the next one of its own partition,
 * and the last one of a partition everything below `bound`: so the promise holds also for who has read no further.
 *
 * `lane` names the partition that a record goes to.
 */
export function stampHorizons(
  records: readonly { lane: string; transaction: TransactionNumber }[],
  bound: TransactionNumber,
): TransactionNumber[] {
  const next = new Map<string, TransactionNumber>();
  const stamps: TransactionNumber[] = [];
  for (let i = records.length - 1; i >= 0; i -= 1) {
    const { lane, transaction } = records[i] as (typeof records)[number];
    stamps[i] = next.get(lane) ?? bound;
    next.set(lane, transaction);
  }
  return stamps;
}
