import { z } from 'zod';
import { moneySchema, quantitySchema, registerSchema, skuSchema, textSchema, uuidSchema } from './schemas.ts';

const name = textSchema(200);
const tags = z.array(z.string().regex(/^[a-z0-9][a-z0-9-]{0,29}$/)).max(20);
/** As a client may ask for. */
const units = z.int().min(0).max(1_000_000);
/** As a region may come to hold: units of cancelled orders return on top of what was stocked since. */
const held = z.int().min(0);

export const createProductRequest = z.strictObject({
  sku: skuSchema,
  name,
  price: moneySchema,
  tags: tags.default([]),
  /** Units by region. A region sells what it holds; sharing between regions comes with escrow. */
  stock: z.record(z.string(), units).default({}),
});
export type CreateProductRequest = z.infer<typeof createProductRequest>;

export const changeProductRequest = z
  .strictObject({ name: name.optional(), price: moneySchema.optional(), tags: tags.optional() })
  .refine((fields) => Object.values(fields).some((v) => v !== undefined), 'at least one field must be given');
export type ChangeProductRequest = z.infer<typeof changeProductRequest>;

/** Adds units to the stock of the region that receives the request. */
export const restockRequest = z.strictObject({ units: z.int().min(1).max(1_000_000) });
export type RestockRequest = z.infer<typeof restockRequest>;

export const productResponse = z.object({
  sku: skuSchema,
  name,
  price: moneySchema,
  tags,
  /** Units that the answering region can sell. */
  available: held,
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

export const stockResponse = z.object({ sku: skuSchema, total: held, byRegion: z.record(z.string(), held) });
export type StockResponse = z.infer<typeof stockResponse>;

const line = z.strictObject({ sku: skuSchema, quantity: quantitySchema });

/** Inside a region only (order → catalog). Idempotent by order id. */
export const reserveStockRequest = z.strictObject({
  orderId: uuidSchema,
  lines: z
    .array(line)
    .min(1)
    .max(50)
    .refine((lines) => new Set(lines.map((l) => l.sku)).size === lines.length, 'a SKU stands in one line only'),
});
export type ReserveStockRequest = z.infer<typeof reserveStockRequest>;
export const reserveStockResponse = z.object({
  orderId: uuidSchema,
  /** The region that holds the units; absent: the one that was asked. */
  reservedIn: z.string().optional(),
  lines: z.array(z.object({ sku: skuSchema, quantity: quantitySchema, unitPrice: moneySchema })),
});
export type ReserveStockResponse = z.infer<typeof reserveStockResponse>;

/** Delta-state of a product: registers per field, and the stock of regions whose quantity the write touched. */
export const productDelta = z.object({
  sku: skuSchema,
  fields: z.object({
    name: registerSchema(name).optional(),
    price: registerSchema(moneySchema).optional(),
    tags: registerSchema(tags).optional(),
  }),
  stock: z.record(z.string(), registerSchema(held)),
});
export type ProductDelta = z.infer<typeof productDelta>;
