import { z } from 'zod';
import { hlcSchema, seenSchema, traceIdSchema } from './schemas.ts';

/** The types of `@meridian/crdt` as they travel, but for the register, which stands in `schemas.ts`. */

/** A total of a counter: it only grows. */
const total = z.int().min(0);
const totals = z.record(z.string(), total);

export function multiValueSchema<T extends z.ZodType>(value: T) {
  const version = z.object({ value, hlc: hlcSchema, trace: traceIdSchema.optional() });
  return z.object({ values: z.array(version), seen: seenSchema });
}

/** `element` is the schema of its texts. */
export function orSetSchema(element: z.ZodString) {
  return z.object({ elements: z.record(element, multiValueSchema(z.boolean())), collected: seenSchema });
}

export const pnCounterSchema = z.object({ up: totals, down: totals });

export const boundedCounterSchema = z.object({
  granted: totals,
  /** By `${from}>${to}`. */
  moved: z.record(z.string().regex(/^[a-z0-9-]+>[a-z0-9-]+$/, 'not "<from>><to>"'), total),
  spent: totals,
  refunded: totals,
});
