import type { RowDeps } from '@meridian/consistency';
import { type OrderDelta, type OrderResponse, TOPICS } from '@meridian/contracts';
import type { OutboxRow } from '@meridian/outbox';
import { latestHlc, type Order, type OrderFacts, orderOf } from '../domain/order.ts';

/** The three shapes of an order (contract, domain, row), and every way from one to another. */

export interface StoredOrder {
  id: string;
  facts: OrderFacts;
  /** Of the row that was read; 0 when there is none. */
  version: number;
  /** What it comes from, for session tokens. */
  deps: RowDeps;
}

export type KnownOrder = Exclude<Order, { status: 'unknown' }>;

export function toRow({ id, facts }: StoredOrder) {
  const order = orderOf(facts);
  return {
    id,
    state: JSON.stringify(facts),
    hlc: latestHlc(facts),
    status: order.status === 'unknown' ? null : order.status,
    customerId: facts.placed?.customerId ?? null,
  };
}

/** The fact that a command added, as an event named after it. */
export function toEvent(id: string, facts: OrderFacts, traceparent: string | undefined): OutboxRow {
  const value: OrderDelta = { id, facts };
  const [type] = Object.keys(facts);
  return {
    topic: TOPICS.orders,
    key: id,
    type: `meridian.order.${type}.v1`,
    hlc: latestHlc(facts),
    traceparent,
    value,
  };
}

export function toResponse(id: string, order: KnownOrder): OrderResponse {
  return {
    id,
    customerId: order.placed.customerId,
    status: order.status,
    lines: order.placed.lines,
    total: order.placed.total,
    placedIn: order.placed.region,
    placedAt: order.placed.at,
    paidAt: 'paid' in order ? order.paid.at : null,
    cancelledAt: 'cancelled' in order ? order.cancelled.at : null,
  };
}
