import type { RowDeps } from '@meridian/consistency';
import { type OrderDelta, type OrderHistoryResponse, type OrderResponse, TOPICS } from '@meridian/contracts';
import type { OutboxRow } from '@meridian/outbox';
import { historyOf } from '../domain/history.ts';
import { heldIn, type KnownOrder, latestHlc, type OrderFacts, orderOf, refundsDue } from '../domain/order.ts';

/** The three shapes of an order (contract, domain, row), and every way from one to another. */

export interface StoredOrder {
  id: string;
  facts: OrderFacts;
  /** Of the row that was read; 0 when there is none. */
  version: number;
  /** What it comes from, for session tokens. */
  deps: RowDeps;
}

/** `region` is whose row it is: what is due for a refund is due where it was charged. */
export function toRow({ id, facts }: StoredOrder, region: string) {
  const order = orderOf(facts);
  return {
    id,
    state: JSON.stringify(facts),
    hlc: latestHlc(facts),
    status: order.status === 'unknown' ? null : order.status,
    customerId: facts.placed?.customerId ?? null,
    refundDue: refundsDue(facts, region).length > 0,
  };
}

/** A write adds facts of one kind; a payment adds its charge as well, and is named first. */
const EVENT_NAMES = [
  ['placed', 'placed'],
  ['paid', 'paid'],
  ['cancelled', 'cancelled'],
  ['surplus', 'surplus'],
  ['charges', 'charged'],
  ['voided', 'voided'],
  ['refunds', 'refunded'],
] as const;

/** The facts that a write added, as an event named after them. `known` is all that is known with them. */
export function toEvent(id: string, added: OrderFacts, known: OrderFacts, traceparent: string | undefined): OutboxRow {
  const [, name] = EVENT_NAMES.find(([fact]) => added[fact]) ?? [];
  if (!name) throw new Error('An event tells of at least one fact.');
  // Regions of the first version take an event without any fact they know for poison: see `orderDelta`.
  const isReadable = added.placed ?? added.paid ?? added.cancelled;
  const value: OrderDelta = { id, facts: isReadable ? added : { ...added, placed: known.placed } };
  return {
    topic: TOPICS.orders,
    key: id,
    type: `meridian.order.${name}.v1`,
    hlc: latestHlc(added),
    traceparent,
    value,
  };
}

export function toResponse(id: string, order: KnownOrder): OrderResponse {
  const { placed, surplus = {} } = order;
  return {
    id,
    customerId: placed.customerId,
    status: order.status,
    lines: placed.lines,
    total: placed.total,
    placedIn: placed.region,
    placedAt: placed.at,
    paidAt: 'paid' in order && order.paid ? order.paid.at : null,
    cancelledAt: 'cancelled' in order ? order.cancelled.at : null,
    reservedIn: heldIn(placed),
    charges: chargesOf(order),
    surplus: Object.values(surplus).map(({ reservedIn, region, at }) => ({ reservedIn, askedBy: region, notedAt: at })),
  };
}

function chargesOf(order: KnownOrder): NonNullable<OrderResponse['charges']> {
  const { charges = {}, refunds = {} } = order;
  const isCancelled = 'cancelled' in order;
  const counting = 'paid' in order && !isCancelled ? order.paid?.chargeId : undefined;
  const inOrder = Object.entries(charges).sort(([, a], [, b]) => (a.hlc < b.hlc ? -1 : 1));
  return inOrder.map(([id, { amount, region, at }]) => ({
    id,
    amount,
    region,
    chargedAt: at,
    state: refunds[id] ? 'refunded' : counting === id ? 'counts' : 'refund-due',
    refundedAt: refunds[id]?.at ?? null,
  }));
}

export function toHistory(id: string, facts: OrderFacts, { status }: KnownOrder): OrderHistoryResponse {
  return { id, status, history: historyOf(facts) };
}
