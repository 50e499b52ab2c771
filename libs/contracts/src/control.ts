import { regionCommand, routingTable, SERVICE_NAMES } from '@meridian/regions';
import { z } from 'zod';
import { uuidSchema } from './schemas.ts';

/** What the control plane answers: to operators, to the edge, and among the regions' controls, which vote. */

const epoch = z.int().min(0);

/** `:epoch` in a path; 0 is the table that holds before anybody has decided anything. */
export const epochParam = z.coerce.number().int().min(0);

/** The longest that a caller may wait for a newer table, in milliseconds. */
const LONGEST_WAIT_MS = 20_000;

/** Of `GET /routing-table`. With `after`, only a newer one is an answer, waited for as long as `waitMs`; else 204. */
export const routingTableQuery = z.strictObject({
  after: z.coerce.number().int().min(0).optional(),
  waitMs: z.coerce.number().int().min(0).max(LONGEST_WAIT_MS).default(0),
});
export type RoutingTableQuery = z.infer<typeof routingTableQuery>;

/** The newest decided table that is known there, and which proposal it was; null for the first table. */
export const routingTableResponse = z.object({
  table: routingTable,
  proposal: z.object({ id: uuidSchema, by: z.string() }).nullable(),
});
export type RoutingTableResponse = z.infer<typeof routingTableResponse>;

export const commandRequest = z.strictObject({
  command: regionCommand,
  /** Of the table that the caller looked at: refused when another is in force by now. */
  expectedEpoch: epoch.optional(),
});
export type CommandRequest = z.infer<typeof commandRequest>;

const ballot = z.object({ round: z.int().min(1), region: z.string().min(1) });

/** What is voted on. The id tells two proposals of the same table apart, so that one of them knows that it lost. */
export const proposal = z.object({ id: uuidSchema, by: z.string().min(1), table: routingTable });
export type Proposal = z.infer<typeof proposal>;

/** Among controls only: phase 1 of an epoch. */
export const prepareRequest = z.strictObject({ ballot });
export type PrepareRequest = z.infer<typeof prepareRequest>;

/** Among controls only: phase 2. */
export const acceptRequest = z.strictObject({ ballot, proposal });
export type AcceptRequest = z.infer<typeof acceptRequest>;

/** Among controls only: what a majority has accepted. */
export const decidedRequest = z.strictObject({ proposal });
export type DecidedRequest = z.infer<typeof decidedRequest>;

export const acceptorAnswer = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('promised'), ballot, accepted: z.object({ ballot, value: proposal }).optional() }),
  z.object({ kind: z.literal('accepted'), ballot }),
  z.object({ kind: z.literal('refused'), ballot, promised: ballot }),
  z.object({ kind: z.literal('abstained') }),
  z.object({ kind: z.literal('decided'), value: proposal }),
]);
export type AcceptorAnswer = z.infer<typeof acceptorAnswer>;

/**
 * Among controls only, `GET /epochs/:epoch/confirmation`: whether this epoch is still the newest as far as is known there,
 * and nothing is accepted in a later one. A primary's lease is renewed on the word of a majority.
 */
export const confirmationResponse = z.object({
  confirmed: z.boolean(),
  newestEpoch: epoch,
  /** Of those that it has voted in or knows as decided. */
  highestEpoch: epoch,
  /** The highest in which it has accepted a value: it may be decided without its knowing. Unsaid by an earlier version. */
  acceptedEpoch: epoch.optional(),
});
export type ConfirmationResponse = z.infer<typeof confirmationResponse>;

/** `GET /status` of a control. */
export const controlStatusResponse = z.object({
  region: z.string(),
  table: routingTable,
  /** Whether a majority has been heard since the start: until then the region's services are told nothing. */
  caughtUp: z.boolean(),
  /** It votes in later epochs than this; null until it has heard all regions once, as one whose disk is new. */
  votesAfter: epoch.nullable(),
  /** How long the lease of this region's primary still holds, in milliseconds; null where it holds none. */
  leaseMs: z.int().min(0).nullable(),
  /** Where the regions fail a lost primary by themselves, what this one sees of it; null elsewhere, and at the primary. */
  primarySeen: z
    .object({
      epoch,
      /** Looks in a row that found that it does not serve. */
      missed: z.int().min(0),
      /** Events of the primary that are applied here; counted once it was missed. */
      appliedEvents: z.int(),
    })
    .nullable()
    .default(null),
  /** The newest epoch that each other control said; null while it does not answer. */
  peers: z.array(z.object({ region: z.string(), epoch: epoch.nullable() })),
  /** The epoch that each service of this region said; null while it does not answer, or does not know of epochs. */
  services: z.array(z.object({ service: z.string(), epoch: epoch.nullable() })),
});
export type ControlStatusResponse = z.infer<typeof controlStatusResponse>;

/** `GET /losses/:region` of a control: what its region had of one that failed, when that was known there. */
export const lossResponse = z.object({
  region: z.string(),
  /** Which failed it. */
  epoch,
  /** Wall clock of the region that proposed that. For people. */
  decidedAtMs: z.number(),
  /** By service, the sequence of its last event of the failed region that was applied; null of one that did not answer. */
  applied: z.partialRecord(z.enum(SERVICE_NAMES), z.int().nullable()),
  notedBy: z.string(),
  notedAt: z.iso.datetime(),
});
export type LossResponse = z.infer<typeof lossResponse>;
