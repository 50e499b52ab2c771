import { release, reserve } from '@meridian/catalog/domain/reserve';
import { type ConsistencyLevel, holdHorizon, stampHorizons } from '@meridian/consistency';
import { isReplicated } from '@meridian/contracts';
import { createHlcClock } from '@meridian/hlc';
import { decide as decideOrder } from '@meridian/order/domain/decide';
import { merge as mergeOrders } from '@meridian/order/domain/merge';
import { join as joinOrders } from '@meridian/order/domain/order';
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
  reserve,
  release,
  readReady: readBelowHorizon,
  stampHorizons,
  holdHorizon,
  publish: 'by the outbox' as 'by the outbox' | 'before the commit' | 'after the commit',
  offsetBeforeHandling: false,
  heartbeatBeforeAcknowledgement: false,
  level: 'session' as ConsistencyLevel,
};

export type Rules = typeof SOUND_RULES;
