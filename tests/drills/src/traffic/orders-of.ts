import type { Outcome } from '@meridian/test-harness';
import type { SentRequest } from './start-traffic.ts';

export interface SentOrder {
  customerId: string;
  outcome: Outcome;
  orderId: string | undefined;
}

/** The orders among the requests, for who looks for each of them in the regions. */
export function ordersOf(requests: readonly SentRequest[]): SentOrder[] {
  return requests.flatMap(({ kind, customerId, outcome, orderId }) =>
    kind === 'order' && customerId ? [{ customerId, outcome, orderId }] : [],
  );
}
