import { z } from 'zod';

/** A consumer group that moves from one region's cluster to another's. Answered by the replicator of the region it moves to. */

const name = z.string().min(1).max(249);

/** `POST /offsets/translate` of a replicator. */
export const translateOffsetsRequest = z.strictObject({
  group: name,
  /** The region whose cluster has the group's positions. */
  from: z.string().min(1).max(64),
  /** As that cluster names them; all that the group has read when it is left out. */
  topics: z.array(name).min(1).max(1_000).optional(),
  /** Commits what comes of it in the name of the group. Default: only says it. */
  apply: z.boolean().default(false),
});
export type TranslateOffsetsRequest = z.infer<typeof translateOffsetsRequest>;

const offset = z.string().regex(/^\d+$/);
const place = z.object({ topic: z.string(), partition: z.int() });

/**
 * What a position was found by. `first-unread`: the first record that the group has not read lies there. `newest-copied`: it has
 * read all that has been copied. `last-read`: behind the last record that it has read. `beginning`: there is no record in common.
 */
export const FOUND_BY = ['first-unread', 'newest-copied', 'last-read', 'beginning'] as const;
export type FoundBy = (typeof FOUND_BY)[number];

export const translateOffsetsResponse = z.object({
  group: z.string(),
  from: z.string(),
  to: z.string(),
  /** Of the group, in either cluster, before anything was committed. */
  members: z.object({ from: z.int(), to: z.int() }),
  applied: z.boolean(),
  positions: z.array(
    z.object({
      from: z.object({ ...place.shape, offset }),
      to: z.object({ ...place.shape, offset }),
      foundBy: z.enum(FOUND_BY),
      /** Records that lie behind the position there, those that hold none counted. */
      unread: z.int(),
      /** How many were read and not copied yet, at most: they are read once more. Null when that is not known. */
      readAgain: z.int().nullable(),
    }),
  ),
  /** Topics that the group has read and that the other cluster has not: what stays in its region, dead letters. */
  withoutCounterpart: z.array(z.string()),
});
export type TranslateOffsetsResponse = z.infer<typeof translateOffsetsResponse>;
