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
 * An object inside an event: what a later version says in it beside what is known here is kept, as it is told on from here
 * and digested. The types tell of what is known alone: nobody is to look into the rest. (Requests are strict instead:
 * what this version does not know there is a mistake of the caller.)
 */
export function toldObject<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape> {
  return z.looseObject(shape) as unknown as z.ZodObject<Shape>;
}

export const toldMoneySchema = toldObject(moneySchema.shape);

/** In lower case from here on: an id is also a key and part of a hash, where two spellings would be two things. */
export const uuidSchema = z.uuid().toLowerCase();
export const isoTimeSchema = z.iso.datetime({ offset: true });

/**
 * A last-writer-wins register as it travels: the value, the clock reading of the write that set it, what its author had
 * seen, and the trace it was made in. A version without conflict detection sends the first two alone.
 */
export function registerSchema<T extends z.ZodType>(value: T) {
  return toldObject({
    value,
    hlc: hlcSchema,
    seen: seenSchema.optional(),
    trace: traceIdSchema.optional(),
  });
}

/** A fact as it travels: when and where it was decided, and what it says. `trace`: of the write, when it is recorded. */
export function factSchema<Shape extends z.ZodRawShape>(shape: Shape) {
  return toldObject({
    hlc: hlcSchema,
    at: isoTimeSchema,
    region: z.string(),
    trace: traceIdSchema.optional(),
    ...shape,
  });
}

/**
 * The registers of a delta-state, by field; a write names those that it touched. Give the schemas of the values, and whole
 * schemas for `parts` that are joined in another way.
 *
 * A field that this version does not know is kept, unread: it is a register like the others, so it is joined, stored,
 * digested and told on as they are. Left out, as readers usually leave out what they do not know, it would be lost in
 * every region that is not upgraded yet, and for good: the upgrade does not bring it back, and nothing sends it again.
 * What is no register cannot be joined without knowing how, and is passed over.
 */
export function deltaFieldsOf<
  Shape extends Record<string, z.ZodType>,
  Parts extends Record<string, z.ZodType> = Record<never, never>,
>(values: Shape, parts?: Parts) {
  type Registers = { [Field in keyof Shape]: z.ZodOptional<ReturnType<typeof registerSchema<Shape[Field]>>> };
  type Others = { [Part in keyof Parts]: z.ZodOptional<Parts[Part]> };
  const registers = Object.entries(values).map(([field, value]) => [field, registerSchema(value).optional()]);
  const others = Object.entries(parts ?? {}).map(([part, schema]) => [part, schema.optional()]);
  const known = Object.fromEntries([...registers, ...others]) as Registers & Others;
  return keepingUnknown(z.object(known), registerSchema(z.json()));
}

/** The facts of a delta-state, by name, each optional. Give their schemas (`factSchema`). Unknown facts are kept likewise. */
export function deltaFactsOf<Shape extends Record<string, z.ZodType>>(facts: Shape) {
  type Optional = { [Name in keyof Shape]: z.ZodOptional<Shape[Name]> };
  const optional = Object.entries(facts).map(([name, fact]) => [name, fact.optional()]);
  return keepingUnknown(z.object(Object.fromEntries(optional) as Optional), factSchema({}));
}

function keepingUnknown<Known extends z.ZodObject>(known: Known, joinable: z.ZodType) {
  return known.catchall(z.json()).transform((told): z.output<Known> => {
    const kept = Object.entries(told).filter(
      ([name, value]) => Object.hasOwn(known.shape, name) || joinable.safeParse(value).success,
    );
    return Object.fromEntries(kept) as z.output<Known>;
  });
}
