import { z } from 'zod';
import {
  deltaFactsOf,
  factSchema,
  hlcSchema,
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

/**
 * `refund-due`: cancelled, and money was taken, whichever came first or wherever; `refunded`: and all of it was given back.
 */
export const orderStatus = z.enum(['placed', 'paid', 'cancelled', 'refund-due', 'refunded']);
export type OrderStatus = z.infer<typeof orderStatus>;

const pricedLine = z.object({ sku: skuSchema, quantity: quantitySchema, unitPrice: moneySchema });

const chargeResponse = z.object({
  id: z.string(),
  amount: moneySchema,
  /** Where it was made, and from where it is given back. */
  region: z.string(),
  chargedAt: isoTimeSchema,
  /** Of the charges of an order's total one counts; any other is given back, and that one too when it is cancelled. */
  state: z.enum(['counts', 'refund-due', 'refunded']),
  refundedAt: isoTimeSchema.nullable(),
});

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
  /** The region that holds the units. Absent in the answer of an older version, as all that follows. */
  reservedIn: z.string().optional(),
  /** In the order of their making. */
  charges: z.array(chargeResponse).optional(),
  /** Reservations that the order does not need, as `askedBy` placed it as well; they went back to stock. */
  surplus: z
    .array(z.object({ reservedIn: z.string(), askedBy: z.string().optional(), notedAt: isoTimeSchema }))
    .optional(),
});
export type OrderResponse = z.infer<typeof orderResponse>;

/** What is known of an order, fact by fact, in the order of the clock. */
export const orderHistoryResponse = z.object({
  id: uuidSchema,
  status: orderStatus,
  history: z.array(
    z.object({
      hlc: hlcSchema,
      at: isoTimeSchema,
      /** That the fact is of. */
      region: z.string(),
      what: z.string(),
      text: z.string(),
    }),
  ),
});
export type OrderHistoryResponse = z.infer<typeof orderHistoryResponse>;

const toldLine = toldObject({ ...pricedLine.shape, unitPrice: toldMoneySchema });

/**
 * Delta-state of an order: the facts a write added. Each fact, once known, stays; of two tellings the earlier one holds.
 *
 * Versions of it meet, as regions are not upgraded at once. What was added since the first version is optional, so events
 * of that one are read as they always were. It in turn passes over what it does not know, but takes an event without any
 * fact that it knows for poison: a delta of new facts alone (`surplus`, `charges`, `voided`, `refunds`) says `placed` again.
 */
export const orderDelta = z.object({
  id: uuidSchema,
  facts: deltaFactsOf({
    placed: factSchema({
      customerId: uuidSchema,
      lines: z.array(toldLine),
      total: toldMoneySchema,
      /** SHA-256 of the canonical request: tells a retry from a reuse of its key. */
      requestHash: z.string(),
      /** The region whose catalog holds the units; when absent, the region of the fact. */
      reservedIn: z.string().optional(),
    }),
    /** `chargeId`: the charge that was made. Whether it counts follows from all facts. */
    paid: factSchema({ paymentReference: z.string(), chargeId: z.string().optional() }),
    /** `knewPaid`: the reading of the payment that was known where it was cancelled. */
    cancelled: factSchema({ reason: z.string(), knewPaid: hlcSchema.optional() }),
    /**
     * What the catalog of `reservedIn` reserved for the placing of `region` is not needed and is to be given back. By both; by
     * `reservedIn` alone from a version that kept one reservation per order and region.
     */
    surplus: z.record(z.string(), factSchema({ reservedIn: z.string(), sameRequest: z.boolean() })),
    /** By id. `region` is where the money was taken. */
    charges: z.record(z.string(), factSchema({ amount: toldMoneySchema, reference: z.string() })),
    /** By the id of the charge, which does not count and never will. */
    voided: z.record(z.string(), factSchema({ reason: z.string() })),
    /** By the id of the charge. */
    refunds: z.record(z.string(), factSchema({ amount: toldMoneySchema })),
  }),
});
export type OrderDelta = z.infer<typeof orderDelta>;

/** The clock readings of all facts in a delta. */
export function orderReadings({
  placed,
  paid,
  cancelled,
  surplus,
  charges,
  voided,
  refunds,
}: OrderDelta['facts']): string[] {
  const grown = [surplus, charges, voided, refunds].flatMap((facts) => Object.values<{ hlc: string }>(facts ?? {}));
  return [placed, paid, cancelled, ...grown].flatMap((told) => (told ? [told.hlc] : []));
}
