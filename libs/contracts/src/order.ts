import { z } from 'zod';
import {
  deltaFactsOf,
  factSchema,
  isoTimeSchema,
  moneySchema,
  quantitySchema,
  skuSchema,
  textSchema,
  toldMoneySchema,
  toldObject,
  uuidSchema,
} from './schemas.ts';

export const idempotencyKeySchema = z
  .string()
  .regex(/^[\x21-\x7e]{1,128}$/, 'an Idempotency-Key is 1 to 128 printable ASCII characters');

export const placeOrderRequest = z.strictObject({
  customerId: uuidSchema,
  lines: z
    .array(z.strictObject({ sku: skuSchema, quantity: quantitySchema }))
    .min(1)
    .max(50)
    .refine((lines) => new Set(lines.map((l) => l.sku)).size === lines.length, 'a SKU stands in one line only'),
});
export type PlaceOrderRequest = z.infer<typeof placeOrderRequest>;

export const payOrderRequest = z.strictObject({ paymentReference: textSchema(64) });
export type PayOrderRequest = z.infer<typeof payOrderRequest>;
export const cancelOrderRequest = z.strictObject({ reason: textSchema(200) });
export type CancelOrderRequest = z.infer<typeof cancelOrderRequest>;

/** `refund-due`: paid and cancelled, whichever came first or wherever. */
export const orderStatus = z.enum(['placed', 'paid', 'cancelled', 'refund-due']);
export type OrderStatus = z.infer<typeof orderStatus>;

const pricedLine = z.object({ sku: skuSchema, quantity: quantitySchema, unitPrice: moneySchema });

export const orderResponse = z.object({
  id: uuidSchema,
  customerId: uuidSchema,
  status: orderStatus,
  lines: z.array(pricedLine),
  total: moneySchema,
  placedIn: z.string(),
  placedAt: isoTimeSchema,
  paidAt: isoTimeSchema.nullable(),
  cancelledAt: isoTimeSchema.nullable(),
});
export type OrderResponse = z.infer<typeof orderResponse>;

const toldLine = toldObject({ ...pricedLine.shape, unitPrice: toldMoneySchema });

/** Delta-state of an order: the facts a write added. Each fact, once known, stays; of two tellings the earlier one holds. */
export const orderDelta = z.object({
  id: uuidSchema,
  facts: deltaFactsOf({
    placed: factSchema({
      customerId: uuidSchema,
      lines: z.array(toldLine),
      total: toldMoneySchema,
      /** SHA-256 of the canonical request: tells a retry from a reuse of its key. */
      requestHash: z.string(),
    }),
    paid: factSchema({ paymentReference: z.string() }),
    cancelled: factSchema({ reason: z.string() }),
  }),
});
export type OrderDelta = z.infer<typeof orderDelta>;
