import {
  type BoundedCounter,
  EMPTY_COUNTER,
  grant,
  joinCounters,
  move,
  reclaim,
  refund,
  rightsOf,
  spend,
  WRITTEN_OFF,
  writeOff,
} from '@meridian/crdt';
import { type Hlc, parseHlc } from '@meridian/hlc';
import type { ProductState } from './product-state.ts';

/**
 * Stock by escrow: the rights to sell units are split among the regions, and each spends its own (see the bounded counter
 * of `@meridian/crdt` for why). What is here is how a product keeps them, and the decisions on them, each a delta.
 *
 * A region begins with the share that the creation gave it, in `stock`; everything after that is counted in `rights`. The
 * share is a register, not a grant, because a product can be created in two regions at once: of two registers one holds,
 * two grants would both. Once a region has used its share it has said so itself, and its own word holds against any
 * creation that it had not heard of. (It is also where a region of the first version keeps all of its stock.)
 */

export interface Stamp {
  hlc: Hlc;
  region: string;
  /** The trace that the write is made in, when it is sampled. */
  trace?: string;
}

/** The counter of a product as a whole: its shares count as granted. */
export function escrowOf({ stock, rights = EMPTY_COUNTER }: ProductState): BoundedCounter {
  const granted = new Map(Object.entries(rights.granted));
  for (const [region, { value }] of Object.entries(stock)) granted.set(region, (granted.get(region) ?? 0) + value);
  return { ...rights, granted: Object.fromEntries(granted) };
}

/** Units that a region may sell. Exact for the region that asks of itself, and then never below 0. */
export function rightsIn(region: string, state: ProductState): number {
  return rightsOf(escrowOf(state), region);
}

/** Every region that had to do with the stock, in alphabetical order. */
export function regionsOf({ stock, rights = EMPTY_COUNTER }: ProductState): string[] {
  const ends = Object.keys(rights.moved).flatMap((handover) =>
    handover.split('>').filter((end) => end !== WRITTEN_OFF),
  );
  const { granted, spent, refunded } = rights;
  return [...new Set([...[stock, granted, spent, refunded].flatMap((by) => Object.keys(by)), ...ends])].sort();
}

/** Takes units for an order; nothing when there are too few. */
export function takeUnits(state: ProductState, units: number, stamp: Stamp): ProductState | undefined {
  const spent = spend(escrowOf(state), stamp.region, units);
  return spent.ok ? withOwnWord(state, stamp, spent.delta) : undefined;
}

/**
 * Gives units of an order back. Units that were taken before there was a counter were never counted as spent, so as many
 * as are not come back as a grant: what may be sold is the same.
 */
export function giveBack(state: ProductState, units: number, stamp: Stamp): ProductState {
  const { region } = stamp;
  const escrow = escrowOf(state);
  const all = refund(escrow, region, units);
  if (all.ok) return withOwnWord(state, stamp, all.delta);
  const counted = refund(escrow, region, all.held);
  const uncounted = grant(state.rights ?? EMPTY_COUNTER, region, units - all.held);
  return withOwnWord(state, stamp, counted.ok ? joinCounters(counted.delta, uncounted.delta) : uncounted.delta);
}

export function addUnits(state: ProductState, units: number, stamp: Stamp): ProductState {
  return withOwnWord(state, stamp, grant(state.rights ?? EMPTY_COUNTER, stamp.region, units).delta);
}

/** Hands rights over to another region; nothing when there are too few. */
export function handOver(state: ProductState, to: string, units: number, stamp: Stamp): ProductState | undefined {
  const moved = move(escrowOf(state), stamp.region, to, units);
  return moved.ok ? withOwnWord(state, stamp, moved.delta) : undefined;
}

/** Takes over what a region held that is gone for good. Only under an epoch that fences it: see `reclaim`. */
export function takeOver(state: ProductState, from: string, stamp: Stamp): ProductState {
  return { fields: {}, stock: {}, rights: reclaim(escrowOf(state), from, stamp.region) };
}

/** Gives up what this region held before it lost its memory; nothing when that is nothing. See `writeOff`. */
export function giveUp(state: ProductState, stamp: Stamp): ProductState | undefined {
  if (rightsIn(stamp.region, state) <= 0) return undefined;
  return withOwnWord(state, stamp, writeOff(escrowOf(state), stamp.region));
}

/** With the region's own word on its share, if it has not given it yet: from now on it relies on it. */
function withOwnWord({ stock }: ProductState, { hlc, region }: Stamp, rights: BoundedCounter): ProductState {
  const share = Object.hasOwn(stock, region) ? stock[region] : undefined;
  const isOwn = share !== undefined && parseHlc(share.hlc).region === region;
  return { fields: {}, stock: isOwn ? {} : { [region]: { value: share?.value ?? 0, hlc } }, rights };
}
