import { EMPTY_TOKEN, joinTokens, type Needs, type Token, tokenOfNeeds } from './token.ts';
import { laterTransaction, type TransactionNumber } from './transaction-number.ts';

/**
 * What a row remembers of where it comes from, so that whoever reads it can be told what they have seen.
 *
 * `writes` are the last transactions that wrote it, by region; `after` is what the authors of those writes had seen before
 * they wrote. They are apart because they ask different things of a region: writes of one key come in the order of their
 * partition and are here when the row is; what their authors had seen may lie in other partitions, and be on its way.
 */
export interface RowDeps {
  writes: Needs;
  after: Token;
}

export const NO_DEPS: RowDeps = { writes: {}, after: EMPTY_TOKEN };

/** What someone has seen who has read the row. */
export function tokenOfRow(service: string, { writes, after }: RowDeps): Token {
  return joinTokens(after, tokenOfNeeds(service, writes));
}

/**
 * After a write of this region, by an author who had seen `token` and decides on the row as it is. The number of the
 * write itself is for its own transaction to add. Earlier writes of this region are left out of `after`: they go ahead in
 * the same partition.
 */
export function afterLocalWrite(
  known: RowDeps,
  token: Token,
  { service, here }: { service: string; here: string },
): RowDeps {
  const { [here]: _own, ...others } = known.writes;
  return { writes: known.writes, after: joinTokens(joinTokens(known.after, token), tokenOfNeeds(service, others)) };
}

/** After a write of another region was joined into it. */
export function afterRemoteWrite(
  known: RowDeps,
  { region, transaction, after }: { region: string; transaction: TransactionNumber; after: Token },
): RowDeps {
  const last = known.writes[region];
  const latest = last === undefined ? transaction : laterTransaction(last, transaction);
  return { writes: { ...known.writes, [region]: latest }, after: joinTokens(known.after, after) };
}
