import { randomUUID } from 'node:crypto';
import {
  HEADERS,
  type OrderResponse,
  orderResponse,
  type PlaceOrderRequest,
  productListResponse,
} from '@meridian/contracts';
import { urlOf } from '@meridian/regions';
import { CommandFailure } from '../command-failure.ts';
import { ask, reach, shaped } from '../instance/ask.ts';
import { type Answer, unsampledTraceparent } from '../instance/http.ts';
import type { Session } from '../session.ts';

export interface OrderStep {
  step: 'placed' | 'paid' | 'cancelled';
  order: OrderResponse;
  /** The region that served the request. */
  servedBy: string;
  traceId: string | undefined;
  /** The answer repeats that of an earlier request with the same Idempotency-Key. */
  replayed: boolean;
  sentAtMs: number;
  answeredAtMs: number;
}

export interface PlaceOrder {
  request: PlaceOrderRequest;
  idempotencyKey?: string;
  /** Where the client says it is; the edge chooses the region by it. */
  location?: string;
}

const WHO = 'The edge';

export async function placeOrder(
  session: Session,
  { request, idempotencyKey, location }: PlaceOrder,
): Promise<OrderStep> {
  return takeStep(session, 'placed', '/orders', request, location, idempotencyKey ?? randomUUID());
}

export async function payOrder(session: Session, orderId: string, location?: string): Promise<OrderStep> {
  return takeStep(session, 'paid', `/orders/${orderId}/pay`, { paymentReference: `cli-${randomUUID()}` }, location);
}

export async function cancelOrder(session: Session, orderId: string, location?: string): Promise<OrderStep> {
  return takeStep(session, 'cancelled', `/orders/${orderId}/cancel`, { reason: 'asked for by the cli' }, location);
}

/** Some product that can be ordered, for those who do not care which. */
export async function anySku(session: Session, location?: string): Promise<string> {
  const products = await ask(
    session,
    WHO,
    {
      url: `${urlOf(session.addresses.edge)}/products?limit=50`,
      headers: { ...locationHeader(location), traceparent: unsampledTraceparent() },
    },
    productListResponse,
  );
  const found = products.items.find((product) => product.available + product.availableElsewhere > 0);
  if (!found) throw new CommandFailure('No product is in stock; "meridian seed" fills an empty catalog.');
  return found.sku;
}

async function takeStep(
  session: Session,
  step: OrderStep['step'],
  path: string,
  body: unknown,
  location?: string,
  idempotencyKey?: string,
): Promise<OrderStep> {
  const sentAtMs = epochMs();
  const answer = await reach(session, WHO, {
    method: 'POST',
    url: `${urlOf(session.addresses.edge)}${path}`,
    body,
    headers: {
      ...locationHeader(location),
      ...(idempotencyKey === undefined ? {} : { [HEADERS.idempotencyKey]: idempotencyKey }),
    },
    timeoutMs: 15_000,
  });
  const answeredAtMs = epochMs();
  return {
    step,
    order: shaped(`${WHO} (${servedBy(answer)})`, answer, orderResponse),
    servedBy: servedBy(answer),
    traceId: answer.headers[HEADERS.traceId],
    replayed: answer.headers[HEADERS.idempotentReplayed] === 'true',
    sentAtMs,
    answeredAtMs,
  };
}

/** The wall clock with fractions of a millisecond: `Date.now()` would round an arrival down, below RTT/2 at worst. */
export function epochMs(): number {
  return performance.timeOrigin + performance.now();
}

function servedBy(answer: Answer): string {
  return answer.headers[HEADERS.region] ?? 'no region';
}

function locationHeader(location: string | undefined): Record<string, string> {
  return location === undefined ? {} : { [HEADERS.clientLocation]: location };
}
