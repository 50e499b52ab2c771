import { z } from 'zod';

/** What more than one contract is made of. */

export const hlcSchema = z.string().regex(/^\d{15}-[0-9a-f]{4}-[a-z0-9-]+$/, 'not a hybrid logical clock reading');

/** By region, the latest write that is known: absent in what a region of the first version writes. */
export const seenSchema = z.record(z.string(), hlcSchema);
/** As W3C Trace Context writes one. */
export const traceIdSchema = z.string().regex(/^[0-9a-f]{32}$/, 'not a trace id');

export const skuSchema = z.string().regex(/^[A-Z0-9][A-Z0-9-]{1,31}$/, 'a SKU is 2 to 32 capitals, digits and "-"');

/**
 * Text of people. Without control characters and halves of surrogate pairs: PostgreSQL's jsonb takes neither `\u0000`
 * nor the latter, and neither has a place in a name.
 */
export function textSchema(maxLength: number) {
  return z
    .string()
    .trim()
    .min(1)
    .max(maxLength)
    .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), 'control characters are not allowed');
}

/** The largest amount of money that a contract carries, also as the total of an order. */
export const MAX_AMOUNT_MINOR = 100_000_000;

/** Whole minor units (cents), so that no amount is ever a binary fraction. */
export const moneySchema = z.strictObject({
  amountMinor: z.int().min(0).max(MAX_AMOUNT_MINOR),
  currency: z.enum(['EUR', 'USD', 'SGD']),
});
export type Money = z.infer<typeof moneySchema>;

export const quantitySchema = z.int().min(1).max(1_000);

/**
 * A last-writer-wins register as it travels: the value, the clock reading of the write that set it, what its author had
 * seen, and the trace it was made in. A version without conflict detection sends the first two alone.
 */
export function registerSchema<T extends z.ZodType>(value: T) {
  return z.object({ value, hlc: hlcSchema, seen: seenSchema.optional(), trace: traceIdSchema.optional() });
}

/** In lower case from here on: an id is also a key and part of a hash, where two spellings would be two things. */
export const uuidSchema = z.uuid().toLowerCase();
export const isoTimeSchema = z.iso.datetime({ offset: true });
