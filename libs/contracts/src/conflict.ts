import { z } from 'zod';
import { hlcSchema, isoTimeSchema, uuidSchema } from './schemas.ts';

/** How a join decides between two writes that did not know of each other. */
export const conflictRule = z.enum([
  'last-writer-wins',
  'add-wins',
  'multi-value',
  'first-fact-holds',
  'refund-when-paid-and-cancelled',
  'charge-of-another-total',
  'email-claim',
]);
export type ConflictRule = z.infer<typeof conflictRule>;

const conflictSide = z.object({
  value: z.unknown(),
  hlc: hlcSchema,
  /** Where it was written. */
  region: z.string(),
  /** The trace of the write; absent when that was not recorded. */
  traceId: z.string().optional(),
});
export type ConflictSide = z.infer<typeof conflictSide>;

export const conflictStatus = z.enum(['open', 'resolved']);

/** What a join discarded in the answering region. The id is the same in every region that discarded it. */
export const conflictResponse = z.object({
  id: uuidSchema,
  aggregate: z.enum(['user', 'product', 'order']),
  aggregateId: z.string(),
  field: z.string(),
  rule: conflictRule,
  lost: conflictSide,
  won: conflictSide,
  /** When the answering region noticed. */
  detectedAt: isoTimeSchema,
  /** `open` until the losing value was written again, or somebody decided otherwise. */
  status: conflictStatus,
});
export type ConflictResponse = z.infer<typeof conflictResponse>;

export const conflictListQuery = z.strictObject({
  status: conflictStatus.optional(),
  aggregateId: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  /** The `next` of the page before. */
  after: z.coerce.number().int().min(1).optional(),
});
export type ConflictListQuery = z.infer<typeof conflictListQuery>;
export const conflictListResponse = z.object({ items: z.array(conflictResponse), next: z.int().nullable() });
export type ConflictListResponse = z.infer<typeof conflictListResponse>;

/** Nothing to say: what is written again stands in the ledger. */
export const reapplyConflictRequest = z.strictObject({});
