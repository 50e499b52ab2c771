import { decide as decideProduct } from '@meridian/catalog/domain/decide';
import { escrowOf, handOver, rightsIn, type Stamp } from '@meridian/catalog/domain/escrow';
import type { ProductState } from '@meridian/catalog/domain/product-state';
import { release, reservationsToRelease, reserve } from '@meridian/catalog/domain/reserve';
import { type ConsistencyLevel, holdHorizon, stampHorizons } from '@meridian/consistency';
import { isReplicated } from '@meridian/contracts';
import { totalRights } from '@meridian/crdt';
import { createHlcClock } from '@meridian/hlc';
import { decide as decideOrder } from '@meridian/order/domain/decide';
import { merge as mergeOrders } from '@meridian/order/domain/merge';
import { join as joinOrders, orderOf, refundsDue } from '@meridian/order/domain/order';
import { v5 as uuidV5 } from 'uuid';
import { readBelowHorizon } from './model/outbox.ts';

/** What a mutant may replace: the rules that the system lives by, as they are when nothing is wrong with it. */
export const SOUND_RULES = {
  createClock: createHlcClock,
  isReplicated,
  /** apps/order/src/place-order/request-identity.ts */
  orderIdOf: (customerId: string, key: string): string => uuidV5(key, customerId),
  decideOrder,
  mergeOrders,
  joinOrders,
  orderOf,
  refundsDue,
  decideProduct,
  reserve,
  reservationsToRelease,
  release,
  /** What a reservation of an order is known by, beside the order. */
  reservationKey: (askedBy: string): string => askedBy,
  handOver,
  unitsIn: rightsIn,
  unitsLeft: (state: ProductState): number => totalRights(escrowOf(state)),
  unitsStocked: (state: ProductState): number =>
    Object.values(escrowOf(state).granted).reduce((sum, units) => sum + units, 0),
  /** apps/order: a placing is noted before units are asked for. */
  notesPlacing: true,
  /** What the inbox says is asked before a side effect. */
  dedupesSideEffects: true,
  giveBeforeCommit: false,
  transferTellsItsToken: true,
  /** What a region does by itself with units that it was given, or when another one cannot be reached: nothing. */
  onReceived: undefined as ((state: ProductState, units: number, stamp: Stamp) => ProductState) | undefined,
  onUnreachable: undefined as ((state: ProductState, from: string, stamp: Stamp) => ProductState) | undefined,
  readReady: readBelowHorizon,
  stampHorizons,
  holdHorizon,
  publish: 'by the outbox' as 'by the outbox' | 'before the commit' | 'after the commit',
  offsetBeforeHandling: false,
  heartbeatBeforeAcknowledgement: false,
  level: 'session' as ConsistencyLevel,
};

export type Rules = typeof SOUND_RULES;
