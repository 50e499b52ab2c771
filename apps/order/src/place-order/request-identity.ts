import { createHash } from 'node:crypto';
import type { PlaceOrderRequest } from '@meridian/contracts';
import { v5 as uuidV5 } from 'uuid';

/**
 * The id of an order follows from its customer and Idempotency-Key alone, so that a retry which reaches another region
 * finds, or becomes, the same order. A key is a customer's own: two customers may use the same one.
 */
export function orderIdOf(customerId: string, idempotencyKey: string): string {
  return uuidV5(idempotencyKey, customerId);
}

/** Equal for two requests exactly when they ask for the same: the order of lines and of members does not matter. */
export function requestHashOf({ customerId, lines }: PlaceOrderRequest): string {
  const sorted = lines.map(({ sku, quantity }) => `${sku} ${quantity}`).sort();
  return createHash('sha256')
    .update([customerId, ...sorted].join('\n'))
    .digest('hex');
}
