import { REGION_STATES, routingTable } from '@meridian/regions';
import { z } from 'zod';

/**
 * `PUT /epoch` of a service: what the control of its region tells it, once a second and whenever something was decided. A
 * lease is what lets the primary of a mode with one take writes: for `leaseMs` after `sentAtMs`, by the wall clock of the
 * region. When it was sent is part of it: one that lay in the buffers of a paused process is over when it is read.
 */
export const tellEpochRequest = z
  .strictObject({
    table: routingTable,
    leaseMs: z.int().min(1).max(60_000).optional(),
    sentAtMs: z.number().min(0).optional(),
  })
  .refine(({ leaseMs, sentAtMs }) => leaseMs === undefined || sentAtMs !== undefined, {
    path: ['sentAtMs'],
    message: 'a lease says when it was sent',
  });
export type TellEpochRequest = z.infer<typeof tellEpochRequest>;

/** What a service knows: the answer to being told, and of `GET /epoch`. */
export const epochResponse = z.object({
  service: z.string(),
  region: z.string(),
  epoch: z.int(),
  mode: z.string(),
  /** Of this region; null when the table does not name it. */
  state: z.enum(REGION_STATES).nullable(),
  /** Whether a client's write would be taken now. */
  takesWrites: z.boolean(),
  /** Until when, where writing needs a lease. */
  leaseUntil: z.iso.datetime().nullable(),
});
export type EpochResponse = z.infer<typeof epochResponse>;
