import { z } from 'zod';

/**
 * OTLP/JSON as far as it is read here: ids are hex, enums are numbers, 64-bit integers are strings or numbers. Members
 * that are not known are left out, as protobuf's JSON asks of a reader. Source: OpenTelemetry protocol 1.x, "OTLP/HTTP".
 */
const hexId = (digits: number) =>
  z
    .string()
    .regex(new RegExp(`^[0-9a-fA-F]{${digits}}$`), `an id is ${digits} hex digits`)
    .refine((id) => !/^0*$/.test(id), 'an id is not all zeros')
    .transform((id) => id.toLowerCase());
const unixNano = z
  .union([z.string().regex(/^\d{1,20}$/, 'nanoseconds since 1970'), z.int().nonnegative()])
  .transform((nano) => BigInt(nano));
/** A list that may be absent. Reading ends at the first fault: an account of two million of them would fill the heap. */
const many = <T extends z.ZodType>(of: T) =>
  z
    .array(z.unknown())
    .nullish()
    .transform((list, context): z.output<T>[] => {
      const read: z.output<T>[] = [];
      for (const [i, item] of (list ?? []).entries()) {
        const { success, data, error } = of.safeParse(item);
        if (success) read.push(data);
        else {
          const { message = '', path = [] } = error.issues[0] ?? {};
          context.addIssue({ code: 'custom', message, path: [i, ...path] });
          return z.NEVER;
        }
      }
      return read;
    });

const attribute = z.object({ key: z.string(), value: z.record(z.string(), z.unknown()).nullish() });
export type Attribute = z.output<typeof attribute>;

/** One span. Checked one by one, so that a bad span costs itself and not its batch. */
export const otlpSpan = z.object({
  traceId: hexId(32),
  spanId: hexId(16),
  /** Empty in a root span of some senders. */
  parentSpanId: z.union([z.literal(''), hexId(16)]).nullish(),
  traceState: z.string().nullish(),
  name: z.string().default(''),
  kind: z.number().default(0),
  startTimeUnixNano: unixNano,
  endTimeUnixNano: unixNano,
  attributes: many(attribute),
  events: many(z.object({ name: z.string().default(''), timeUnixNano: unixNano, attributes: many(attribute) })),
  links: many(z.object({ traceId: hexId(32), spanId: hexId(16), attributes: many(attribute) })),
  status: z.object({ code: z.number().nullish(), message: z.string().nullish() }).nullish(),
});
export type OtlpSpan = z.output<typeof otlpSpan>;

export const otlpRequest = z.object({
  resourceSpans: many(
    z.object({
      resource: z.object({ attributes: many(attribute) }).nullish(),
      scopeSpans: many(
        z.object({
          scope: z.object({ name: z.string().nullish(), version: z.string().nullish() }).nullish(),
          spans: many(z.unknown()),
        }),
      ),
    }),
  ),
});
export type OtlpRequest = z.output<typeof otlpRequest>;
