import { z } from 'zod';
import { boundedCounterSchema, multiValueSchema, orSetSchema, pnCounterSchema } from './crdt-schemas.ts';
import { hlcSchema, moneySchema, quantitySchema, registerSchema, skuSchema, textSchema, uuidSchema } from './schemas.ts';

const name = textSchema(200);
const tag = z.string().regex(/^[a-z0-9][a-z0-9-]{0,29}$/);
const tags = z.array(tag).max(20);
/** As a client may ask for. */
const units = z.int().min(0).max(1_000_000);
/** As regions may come to hold: units of cancelled orders return on top of what was stocked since. */
const held = z.int().min(0);

export const createProductRequest = z.strictObject({
  sku: skuSchema,
  name,
  price: moneySchema,
  tags: tags.default([]),
  /** Units by region: the right to sell them. A region that runs short gets more of them from the others. */
  stock: z.record(z.string(), units).default({}),
});
export type CreateProductRequest = z.infer<typeof createProductRequest>;

/** `tags` is all that the product shall have: what is missing in it and was seen here is removed, what is new is added. */
export const changeProductRequest = z
  .strictObject({ name: name.optional(), price: moneySchema.optional(), tags: tags.optional() })
  .refine((fields) => Object.values(fields).some((v) => v !== undefined), 'at least one field must be given');
export type ChangeProductRequest = z.infer<typeof changeProductRequest>;

/** Adds units to the stock of the region that receives the request. */
export const restockRequest = z.strictObject({ units: z.int().min(1).max(1_000_000) });
export type RestockRequest = z.infer<typeof restockRequest>;

/** Views to count, so that whoever shows products can tell of many at once. */
export const countViewsRequest = z.strictObject({ views: z.int().min(1).max(1_000) });
export type CountViewsRequest = z.infer<typeof countViewsRequest>;

/** Likes a product, or takes a like back. */
export const likeProductRequest = z.strictObject({ liked: z.boolean() });
export type LikeProductRequest = z.infer<typeof likeProductRequest>;

export const productResponse = z.object({
  sku: skuSchema,
  name,
  /** What is charged. Of prices that were set at the same time in several regions, the lowest. */
  price: moneySchema,
  /** All of those prices, until one is set by somebody who has seen them; otherwise empty. */
  priceConflict: z.array(z.object({ price: moneySchema, region: z.string(), hlc: hlcSchema })).default([]),
  /** Tags that were added in two regions at once can be more than one request may name. */
  tags: z.array(tag),
  /** Units that the answering region can sell without asking another one. */
  available: held,
  /** Units that other regions can sell, as they last told: this one gets them when it runs short, while it reaches them. */
  availableElsewhere: held.default(0),
  views: z.int().default(0),
  likes: z.int().default(0),
});
export type ProductResponse = z.infer<typeof productResponse>;

export const productListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  after: skuSchema.optional(),
  tag: z.string().max(30).optional(),
});
export type ProductListQuery = z.infer<typeof productListQuery>;
export const productListResponse = z.object({ items: z.array(productResponse), next: skuSchema.nullable() });
export type ProductListResponse = z.infer<typeof productListResponse>;

/** Of a region's stock. All but `rights` are totals since the product was created. */
const stockAccount = z.object({
  /** Units that it may sell: granted + refunded + received - handedOver - spent. */
  rights: z.int(),
  granted: held,
  /** Units that orders took, and those of them that came back. */
  spent: held,
  refunded: held,
  /** Rights that came from other regions, and went to them. */
  received: held,
  handedOver: held,
});

/**
 * Exact for the region that answers. Of others it is what they last told, in any order: for a moment a sale can be known
 * before the transfer that it was paid with, and `rights` there be less than they are.
 */
export const stockResponse = z.object({
  sku: skuSchema,
  /** What all regions together may sell. */
  total: held,
  /** Rights by region, none below 0. */
  byRegion: z.record(z.string(), held),
  accounts: z.record(z.string(), stockAccount).default({}),
});
export type StockResponse = z.infer<typeof stockResponse>;

const line = z.strictObject({ sku: skuSchema, quantity: quantitySchema });

/** Between services only (order → catalog of its region → catalog of another one). Idempotent by order id. */
export const reserveStockRequest = z.strictObject({
  orderId: uuidSchema,
  lines: z
    .array(line)
    .min(1)
    .max(50)
    .refine((lines) => new Set(lines.map((l) => l.sku)).size === lines.length, 'a SKU stands in one line only'),
  /** The region whose catalog passes the reservation on: it is then served from what is held, and not passed on again. */
  forwardedFrom: z.string().optional(),
});
export type ReserveStockRequest = z.infer<typeof reserveStockRequest>;
export const reserveStockResponse = z.object({
  orderId: uuidSchema,
  /** The region that holds the units; absent: the one that was asked. */
  reservedIn: z.string().optional(),
  lines: z.array(z.object({ sku: skuSchema, quantity: quantitySchema, unitPrice: moneySchema })),
});
export type ReserveStockResponse = z.infer<typeof reserveStockResponse>;

/**
 * Delta-state of a product: the parts that a write touched.
 *
 * `fields` and `stock` are what the first version knew, and a region that still runs it reads them alone. So they go on
 * meaning what they meant:
 * - `fields.price` and `fields.tags` repeat the latest write of `price` and `tags` as a register. A first-version write is
 *   one that those do not know of.
 * - `stock` is what a region began with: its share at the creation. What it has left of it is said in `rights`.
 * What is absent was not touched, or not known to its writer.
 */
export const productDelta = z.object({
  sku: skuSchema,
  fields: z.object({
    name: registerSchema(name).optional(),
    price: registerSchema(moneySchema).optional(),
    tags: registerSchema(z.array(tag)).optional(),
  }),
  stock: z.record(z.string(), registerSchema(held)),
  price: multiValueSchema(moneySchema).optional(),
  tags: orSetSchema(tag).optional(),
  views: pnCounterSchema.optional(),
  likes: pnCounterSchema.optional(),
  rights: boundedCounterSchema.optional(),
});
export type ProductDelta = z.infer<typeof productDelta>;

/** Between catalogs only: the region `to` asks another one for rights to sell. */
export const transferRightsRequest = z
  .strictObject({
    to: z.string(),
    /** What orders wait for there: given although it is wanted here, too, as far as it is held. */
    units: held,
    /** What is asked for in advance: given of what is not expected to be sold here soon. */
    spare: held,
    /** The clock reading of the order that waits longest: orders that wait here since before come first. */
    since: hlcSchema.optional(),
  })
  .refine(({ units, spare }) => units + spare > 0, 'nothing is asked for');
export type TransferRightsRequest = z.infer<typeof transferRightsRequest>;

/** `known` is all that the giving region knows of the stock, the transfer included: joined, it makes the rights usable. */
export const transferRightsResponse = z.object({ sku: skuSchema, units: held, known: productDelta });
export type TransferRightsResponse = z.infer<typeof transferRightsResponse>;
