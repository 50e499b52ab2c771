import { z } from 'zod';
import { hlcSchema } from './schemas.ts';

/**
 * What a service answers so that people on call can see what is missing, replay what was given up, and make regions equal
 * again. Not routed by the edge.
 */

const self = { service: z.string(), region: z.string() };

/** As many as keep a bucket of a million aggregates below 250. */
const MAX_BUCKETS = 4_096;
const buckets = z.coerce.number().int().min(1).max(MAX_BUCKETS);

export const digestQuery = z.strictObject({ buckets: buckets.optional() });
export type DigestQuery = z.infer<typeof digestQuery>;
export const aggregateDigestQuery = z.strictObject({
  buckets,
  /** Which ones: `3,17,200`. */
  in: z
    .string()
    .regex(/^\d{1,4}(,\d{1,4}){0,255}$/, 'up to 256 numbers of buckets, with commas between them')
    .transform((list) => list.split(',').map(Number)),
});
export type AggregateDigestQuery = z.infer<typeof aggregateDigestQuery>;

/** `GET /digest/aggregates`: every aggregate of some buckets, each with a digest of its own. */
export const aggregateDigestResponse = z.object({
  ...self,
  aggregates: z.array(
    z.object({
      id: z.string(),
      digest: z.string(),
      /** The greatest clock reading in the aggregate's state. */
      hlc: hlcSchema,
    }),
  ),
});
export type AggregateDigestResponse = z.infer<typeof aggregateDigestResponse>;

/** `POST /resend`: publishes the whole state of these aggregates once more. A batch, so that live events get through. */
export const resendRequest = z.strictObject({ ids: z.array(z.string().min(1).max(64)).min(1).max(200) });
export type ResendRequest = z.infer<typeof resendRequest>;
export const resendResponse = z.object({ ...self, resent: z.int() });
export type ResendResponse = z.infer<typeof resendResponse>;

const gap = z.object({ firstSequence: z.int(), lastSequence: z.int() });

/** `GET /inbox`: what was applied here of each source, and what is missing although later events have come. */
export const inboxResponse = z.object({
  ...self,
  bySource: z.record(
    /** `/<region>/<service>`. */
    z.string(),
    z.object({
      appliedUpTo: z.int(),
      appliedLast: z.int(),
      missing: z.int(),
      /** The first ones. */
      gaps: z.array(
        z.object({
          ...gap.shape,
          /** When a later event was applied here for the first time. */
          openSince: z.iso.datetime(),
          /** How many of them lie among the dead letters; the others were lost or are late. */
          deadLetters: z.int(),
        }),
      ),
      openDeadLetters: z.int(),
    }),
  ),
  /** Also those of which the source could not be read. */
  openDeadLetters: z.int(),
});
export type InboxResponse = z.infer<typeof inboxResponse>;

/** `POST /inbox/close`: says of gaps that a repair has seen their effect to be here. */
export const closeGapsRequest = z.strictObject({ source: z.string().max(200), gaps: z.array(gap).min(1).max(100) });
export type CloseGapsRequest = z.infer<typeof closeGapsRequest>;
export const closeGapsResponse = z.object({ ...self, closed: z.int() });
export type CloseGapsResponse = z.infer<typeof closeGapsResponse>;

/** `POST /outbox/advance`: for a service whose database was lost, what it must not number its events below again. */
export const advanceOutboxRequest = z.strictObject({ sequence: z.int().min(0) });
export type AdvanceOutboxRequest = z.infer<typeof advanceOutboxRequest>;

/** `<topic>:<partition>:<offset>` of the record that became a dead letter. */
export const deadLetterIdSchema = z
  .string()
  .regex(/^[\w.-]{1,249}:\d{1,6}:\d{1,18}$/, 'a dead letter is named <topic>:<partition>:<offset>');

export const deadLetterListQuery = z.strictObject({
  status: z.enum(['open', 'replayed', 'all']).default('open'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  after: deadLetterIdSchema.optional(),
});
export type DeadLetterListQuery = z.infer<typeof deadLetterListQuery>;

const deadLetter = z.object({
  id: z.string(),
  topic: z.string(),
  partition: z.int(),
  offset: z.string(),
  /** The aggregate's id; null when the record has no key. */
  key: z.string().nullable(),
  /** Of the event's envelope; null where it could not be read. */
  source: z.string().nullable(),
  sequence: z.int().nullable(),
  type: z.string().nullable(),
  traceId: z.string().nullable(),
  reason: z.string(),
  attempts: z.int(),
  at: z.iso.datetime(),
  replayedAt: z.iso.datetime().nullable(),
  /** Why the last replay that failed did. */
  replayFailure: z.object({ at: z.iso.datetime(), reason: z.string() }).nullable(),
});
export type DeadLetterResponse = z.infer<typeof deadLetter>;

export const deadLetterListResponse = z.object({
  ...self,
  items: z.array(deadLetter),
  /** The `after` of the next page; null on the last one. */
  next: z.string().nullable(),
});
export type DeadLetterListResponse = z.infer<typeof deadLetterListResponse>;

/** `value` must be asked for: it may hold personal data. */
export const deadLetterQuery = z.strictObject({ value: z.enum(['true', 'false']).default('false') });
export type DeadLetterQuery = z.infer<typeof deadLetterQuery>;
export const deadLetterContentResponse = z.object({
  ...self,
  ...deadLetter.shape,
  /** Null when the dead-letter topic no longer keeps the record. */
  headers: z.array(z.tuple([z.string(), z.string().nullable()])).nullable(),
  valueBytes: z.int().nullable(),
  /** When it was asked for. */
  value: z.string().nullable().optional(),
});
export type DeadLetterContentResponse = z.infer<typeof deadLetterContentResponse>;

export const replayRequest = z.strictObject({ ids: z.array(deadLetterIdSchema).min(1).max(100) });
export type ReplayRequest = z.infer<typeof replayRequest>;
export const replayResponse = z.object({
  ...self,
  results: z.array(
    z.object({
      id: z.string(),
      /** `gone`: its topic no longer keeps it. `unknown`: there is no such dead letter. */
      outcome: z.enum(['replayed', 'replayed-before', 'being-replayed', 'failed', 'gone', 'unknown']),
      reason: z.string().nullable(),
    }),
  ),
});
export type ReplayResponse = z.infer<typeof replayResponse>;
