import { v5 as uuidV5 } from 'uuid';
import type { OrderFacts } from '../domain/order.ts';
import type { ChargeRequest } from './payment-provider.ts';

/**
 * What a provider knows a charge by: the same for the same payment, however often it is asked for. An order of which this
 * region has made a charge that does not count is charged anew, also by the same reference; under the old key the provider
 * would answer with the charge that went back.
 */
export function chargeKeyOf(
  { orderId, reference, amount }: Omit<ChargeRequest, 'key'>,
  { charges = {} }: OrderFacts,
  region: string,
): string {
  const made = Object.values(charges).filter((charge) => charge.region === region).length;
  return uuidV5([region, reference, amount.amountMinor, amount.currency, made].join(' '), orderId);
}
