import { z } from 'zod';
import { hlcSchema } from './schemas.ts';

/** What every process answers on its own port, for the runner, the CLI, tests and operators; not routed by the edge. */

const digest = {
  aggregates: z.int(),
  /** Hex MD5 over the canonical state of every aggregate in the order of ids. */
  digest: z.string(),
};

/** `GET /digest`: two regions whose digests are equal hold the same aggregates in the same state. */
export const digestResponse = z.object({
  service: z.string(),
  region: z.string(),
  ...digest,
  /** When asked for: the same of each part of the aggregates, by the hash of their ids. */
  buckets: z.array(z.object(digest)).optional(),
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
export type OutboxResponse = z.infer<typeof outboxResponse>;

/** A page of `GET /outbox/events`: a key and two readings each, so that a thousand are some 200 KB. */
const MOST_EVENTS = 1_000;

export const outboxEventsQuery = z.strictObject({
  /** Events behind this sequence; 0 for all that the log still keeps. */
  after: z.coerce.number().int().min(0),
  limit: z.coerce.number().int().min(1).max(MOST_EVENTS).default(MOST_EVENTS),
});
export type OutboxEventsQuery = z.infer<typeof outboxEventsQuery>;

/**
 * `GET /outbox/events` of a service: what it has written behind a sequence, in its order, those that wait to be published
 * with the numbers that they will have. Without their values. What retention took is left out.
 */
export const outboxEventsResponse = z.object({
  service: z.string(),
  region: z.string(),
  events: z.array(
    z.object({
      sequence: z.int(),
      /** The aggregate's id. */
      key: z.string(),
      type: z.string(),
      /** The clock reading of the write. */
      hlc: hlcSchema,
      /** By the wall clock of the region. */
      committedAt: z.iso.datetime(),
    }),
  ),
  /** The `after` of the next page; null on the last one. */
  next: z.int().nullable(),
});
export type OutboxEventsResponse = z.infer<typeof outboxEventsResponse>;

const edgeService = z.object({
  service: z.string(),
  healthy: z.boolean(),
  /** Null while healthy. */
  why: z.string().nullable(),
  /** When its probes last made it healthy or unhealthy. */
  since: z.iso.datetime(),
  /** How much of what distance gives it it has now, and what keeps the rest from it. */
  share: z.number(),
  shareBy: z.string().nullable(),
  /** Smoothed round trip of the readiness probe from the edge. */
  probeMs: z.number().nullable(),
  /** Attempts sent there, and those of them that got no answer at all. */
  requests: z.int(),
  noAnswers: z.int(),
  inFlight: z.int(),
  /** How many there may be: less than configured while answers are late. */
  mostInFlight: z.int(),
  /** How often it was out because of errors; and for how long it still is. */
  ejections: z.int(),
  ejectedForMs: z.int().nullable(),
});

/** `GET /status` of the edge: what it knows of the regions and so where it sends requests. */
export const edgeStatusResponse = z.object({
  state: z.enum(['starting', 'serving', 'draining']),
  /** Where a client is taken to be that does not say. */
  defaultLocation: z.object({ lat: z.number(), lon: z.number() }),
  /** The routing table that it goes by, and what the controls say that it asks for a newer one. */
  table: z.object({
    epoch: z.int(),
    mode: z.string(),
    primary: z.string().nullable(),
    reason: z.string(),
    controls: z.array(
      z.object({ region: z.string(), reachable: z.boolean(), why: z.string().nullable(), epoch: z.int().nullable() }),
    ),
  }),
  inFlight: z.int(),
  retries: z.object({ made: z.int(), refused: z.int() }),
  /** Requests turned away because there were too many. */
  shed: z.object({ reads: z.int(), writes: z.int() }),
  /** Reads asked of a second region as well, and those that it answered first. */
  hedges: z.object({ sent: z.int(), won: z.int() }),
  /** Requests that wait for a region which takes over, that did so since the start, and of these the ones in vain. */
  handOvers: z.object({ waiting: z.int(), waited: z.int(), inVain: z.int() }),
  /** In the order of the topology. A region is healthy when all of its services are; each service is routed on its own. */
  regions: z.array(
    z.object({
      region: z.string(),
      /** In its life cycle, by the table; null when the table does not name it. */
      state: z.string().nullable(),
      healthy: z.boolean(),
      why: z.string().nullable(),
      probeMs: z.number().nullable(),
      services: z.array(edgeService),
    }),
  ),
});
export type EdgeStatusResponse = z.infer<typeof edgeStatusResponse>;
