import type { ConflictResponse, ConflictRule, ConflictSide } from '@meridian/contracts';
import type { Register } from '@meridian/crdt';
import { type Hlc, parseHlc } from '@meridian/hlc';
import { v5 as uuidV5 } from 'uuid';

/**
 * The conflict ledger: what joins discarded.
 *
 * The problem: two regions accept two writes of one thing, neither knowing of the other, and a join keeps one. Both
 * writers were told "done". That a rule decides, everywhere alike, makes regions agree; it does not make the discarded
 * value worthless. Without a ledger it is gone, and nobody can even say how often that happens.
 *
 * Why not the events' log: it holds every write, but not which of them were concurrent, and it is cut off after days. Why
 * not a warning in a log file or a trace: values are personal data there, and nobody can write them back from it.
 *
 * Why each region keeps what its own joins discarded, under an id that follows from the conflict, and nothing is
 * replicated: the region that joins is the one that knows, at that moment, in the statement that stores the join; and a
 * ledger that travels could itself be in conflict. Equal ids make the union over regions a set. It takes the union: a
 * region that hears of the winner and of what came after it in one go never had to choose.
 *
 * Source: Bayou's per-write conflict detection (Terry et al. 1995) and Dynamo's siblings (DeCandia et al. 2007) keep what
 * a clock alone would drop; here the winner is served at once and the loser is kept beside it.
 *
 * Limits:
 * - The values lie in the service's own database, in clear, for as long as nobody deletes them. Erasing a person must
 *   cover this table, too. They are in no event, key, header, trace or log.
 * - "Resolved" is said in one region and stays there; whoever reads the union takes one "resolved" for all.
 * - Two writes of equal values conflict and lose nothing: they make no entry.
 */
export interface Conflict {
  aggregate: ConflictResponse['aggregate'];
  aggregateId: string;
  field: string;
  rule: ConflictRule;
  lost: ConflictSide;
  won: ConflictSide;
}

/** As it is inserted; the table adds when, and `open`. */
export interface ConflictRow extends Conflict {
  id: string;
}

export type ConflictEntry = ConflictResponse;

/** Of no meaning but that it never changes: ids are equal in regions of any version. */
const NAMESPACE = '7b9e2f0c-54a1-5c0e-9d55-0f8f6f3c2a41';

/** The same in every region that notices the same conflict, and each time that it does. */
export function conflictId({ aggregate, aggregateId, field, lost, won }: Conflict): string {
  return uuidV5(JSON.stringify([aggregate, aggregateId, field, lost.hlc, won.hlc]), NAMESPACE);
}

export function conflictRow(conflict: Conflict): ConflictRow {
  return { id: conflictId(conflict), ...conflict };
}

/** One value of a conflict. The region is that of the clock reading: where the write was made. */
export function sideOf({ value, hlc, trace }: { value: unknown; hlc: Hlc; trace?: string }): ConflictSide {
  return { value, hlc, region: parseHlc(hlc).region, ...(trace !== undefined && { traceId: trace }) };
}

/** What `overriddenRegisters` found, as rows. */
export function registerConflicts(
  of: Pick<Conflict, 'aggregate' | 'aggregateId'>,
  overridden: readonly { field: string; lost: Register<unknown>; won: Register<unknown> }[],
): ConflictRow[] {
  return overridden.map(({ field, lost, won }) =>
    conflictRow({ ...of, field, rule: 'last-writer-wins', lost: sideOf(lost), won: sideOf(won) }),
  );
}
