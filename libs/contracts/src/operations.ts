import { z } from 'zod';

/** What every process answers on its own port, for the runner, the CLI, tests and operators; not routed by the edge. */

/** `GET /digest`: two regions whose digests are equal hold the same aggregates in the same state. */
export const digestResponse = z.object({
  service: z.string(),
  region: z.string(),
  aggregates: z.int(),
  /** Hex MD5 over the canonical state of every aggregate in the order of ids. */
  digest: z.string(),
});
export type DigestResponse = z.infer<typeof digestResponse>;

const lagFigures = z.object({
  /** Events measured. */
  count: z.int(),
  minMs: z.number().nullable(),
  p50Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
  maxMs: z.number().nullable(),
});

/** `GET /lag` of a service: commit at the origin until applied here, per origin region, over the last events. */
export const lagResponse = z.object({
  service: z.string(),
  region: z.string(),
  byOrigin: z.record(z.string(), lagFigures),
});
export type LagResponse = z.infer<typeof lagResponse>;

/** `GET /outbox` of a service: what is committed and not yet published. */
export const outboxResponse = z.object({
  service: z.string(),
  region: z.string(),
  pending: z.int(),
  publishedSequence: z.int(),
});
