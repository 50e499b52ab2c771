import { z } from 'zod';
import { hlcSchema } from './schemas.ts';
import { TOPICS } from './topics.ts';

/** How a region whose disk was lost gets its data back from the others. Between regions and for operators, not routed by the edge. */

const self = { service: z.string(), region: z.string() };
const transactionNumber = z.string().regex(/^(0|[1-9]\d{0,19})$/);

/** `GET /rebuild/heard-of?region=R&topic=T`: what this service has of R, one of whose services has lost its memory and tells in T. */
export const heardOfQuery = z.strictObject({ region: z.string().min(1).max(64), topic: z.enum(Object.values(TOPICS)) });
export type HeardOfQuery = z.infer<typeof heardOfQuery>;
export const heardOfResponse = z.object({
  ...self,
  aggregates: z.int(),
  /** Of this service's own events. */
  publishedSequence: z.int(),
  /** Records of R's topic T that lie in this region's cluster and were not applied yet. */
  unread: z.int(),
  /** By source, `/<R>/<service>`: the greatest sequence that came here, dead letters included. */
  lastSequences: z.record(z.string(), z.int()),
  /** The greatest transaction number of R that was promised here; "0" for none. */
  horizon: transactionNumber,
});
export type HeardOfResponse = z.infer<typeof heardOfResponse>;

const idSchema = z.string().min(1).max(64);
export const statesQuery = z.strictObject({
  /** The id behind which the page begins, in the order of bytes. */
  after: idSchema.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(200),
});
export type StatesQuery = z.infer<typeof statesQuery>;
/** `POST /rebuild/states`: of these alone. */
export const statesRequest = z.strictObject({ ids: z.array(idSchema).min(1).max(500) });
export type StatesRequest = z.infer<typeof statesRequest>;
export const statesResponse = z.object({
  ...self,
  items: z.array(
    z.object({
      id: z.string(),
      hlc: hlcSchema,
      /** The whole state as an event of the service's topic tells it. */
      value: z.unknown(),
      /** What the row comes from: the transactions that wrote it, and what their authors had seen. */
      deps: z.object({
        writes: z.record(z.string(), transactionNumber),
        after: z.record(z.string(), transactionNumber),
      }),
    }),
  ),
  /** The `after` of the next page; null on the last one. */
  next: z.string().nullable(),
});
export type StatesResponse = z.infer<typeof statesResponse>;

/** The end of the type of an event that no log holds: a whole state, taken as an event would be. */
export const SNAPSHOT_EVENT = 'snapshot.v1';

/** In this order; `joined` from the beginning for a service that has its data. */
export const REBUILD_PHASES = ['hearing', 'numbering', 'taking', 'catching-up', 'comparing', 'joined'] as const;
export type RebuildPhase = (typeof REBUILD_PHASES)[number];

/** What a rebuild found and did. */
export const rebuildReport = z.object({
  /** From when every other region was heard until it served. */
  seconds: z.number(),
  /** Held when it ended. */
  aggregates: z.int(),
  /** Of the own region, by source: up to where the others had its events. What it wrote behind that is lost. */
  knownSequences: z.record(z.string(), z.int()),
  /** One plain sentence for each thing that a person should know. */
  notes: z.array(z.string()),
});
export type RebuildReport = z.infer<typeof rebuildReport>;

/** `GET /rebuild`: how far this service has come. */
export const rebuildResponse = z.object({
  ...self,
  phase: z.enum(REBUILD_PHASES),
  /** Why the phase does not go on; null when it does. */
  waitingFor: z.string().nullable(),
  /** States taken so far, and how many the first source had. */
  taken: z.int(),
  expected: z.int().nullable(),
  seconds: z.number(),
  /** Of the last rebuild of this database; null when there was none. */
  report: rebuildReport.nullable(),
});
export type RebuildResponse = z.infer<typeof rebuildResponse>;
