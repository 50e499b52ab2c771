import type { InboxResponse, LossResponse, OutboxResponse } from '@meridian/contracts';
import type { RegionId, ServiceName } from '@meridian/regions';
import { SERVICE_NAMES } from '@meridian/regions';
import { z } from 'zod';
import { writtenBy } from '../horizons/shortfalls.ts';

/** A write that is missing, as the region that made it tells of it: `GET /outbox/events`. */
const missingEvent = z.object({
  sequence: z.int(),
  /** The aggregate's id. */
  key: z.string(),
  hlc: z.string(),
  /** By the wall clock of the region that was lost. */
  committedAtMs: z.number(),
});
export type MissingEvent = z.infer<typeof missingEvent>;

/** What was known when a region was failed over, kept until it is back: only then can be said what became of the rest. */
export const failoverRecord = z.object({
  region: z.string(),
  epoch: z.int(),
  atMs: z.number(),
  services: z.array(
    z.object({
      service: z.enum(SERVICE_NAMES),
      /** Its last event that each survivor had applied; null of a survivor that did not answer. */
      applied: z.record(z.string(), z.int().nullable()),
      /** How many events it said that it had written; null when it could not be asked. */
      written: z.int().nullable(),
    }),
  ),
  /** The same as `written`, when it was back and before it took writes again. */
  writtenAtReturn: z.record(z.string(), z.int()).optional(),
  /**
   * By service, which ones are missing, and when it made its last write before the failover, missing or not; no entry where it
   * did not say.
   */
  missingEvents: z
    .record(z.string(), z.object({ lastWriteMs: z.number().nullable(), events: z.array(missingEvent) }))
    .optional(),
  /** Since which epoch it has been failing back from this failure: a way back that was stopped is known by it. */
  failingBackSince: z.int().optional(),
});
export type FailoverRecord = z.infer<typeof failoverRecord>;

export interface MissingWrites {
  service: ServiceName;
  /** The most that any survivor had. */
  held: number;
  written: number | null;
  /** Acknowledged there, and in no survivor when it was failed over; null where nobody could say. */
  missing: number | null;
  /**
   * How old the oldest of them was when the region made its last write before it was failed over, in any service. Before the
   * oldest missing write survivors have all of the service, and the last write is the latest moment at which the region
   * is known to have taken any. 1 at least where one is missing, as commit times are milliseconds; 0 when none is; null where
   * the region has not said.
   *
   * Not counted from the newest write that survivors had: where nobody wrote for an hour before the one that is missing,
   * nothing of that hour is lost. Not counted up to the decision: between the loss and that nobody was told "done". What
   * it writes later is mostly what it owes (money given back, what it joined), and makes no loss older.
   *
   * Limit: both times are by the clock of the lost region, but which write was the last before the decision is told by the
   * clock of the region that proposed it. Where the lost region's was ahead, this is too low by at most as much.
   */
  ms: number | null;
}

export function recordFailover(
  failed: { region: RegionId; epoch: number; atMs: number },
  survivors: readonly RegionId[],
  inboxes: readonly InboxResponse[],
  outboxes: readonly OutboxResponse[],
): FailoverRecord {
  const services = SERVICE_NAMES.map((service) => {
    const source = `/${failed.region}/${service}`;
    const applied = survivors.map((region) => {
      const inbox = inboxes.find((one) => one.region === region && one.service === service);
      return [region, inbox ? (inbox.bySource[source]?.appliedLast ?? 0) : null] as const;
    });
    const outbox = outboxes.find((one) => one.region === failed.region && one.service === service);
    return { service, applied: Object.fromEntries(applied), written: outbox ? writtenBy(outbox) : null };
  });
  return { ...failed, services };
}

/**
 * The same from what the controls of the survivors have noted, when nobody's command was there to ask: of the latest failure
 * that any of them knows. `outboxes` are what the region says now; it takes no writes while it is failed. Undefined where
 * nothing was noted.
 */
export function recordNoted(
  losses: readonly LossResponse[],
  outboxes: readonly OutboxResponse[],
): FailoverRecord | undefined {
  const epoch = Math.max(...losses.map((loss) => loss.epoch));
  const latest = losses.filter((loss) => loss.epoch === epoch);
  const [first] = latest;
  if (!first) return undefined;
  const services = SERVICE_NAMES.map((service) => {
    const applied = latest.map(({ notedBy, applied }) => [notedBy, applied[service] ?? null] as const);
    const outbox = outboxes.find((one) => one.region === first.region && one.service === service);
    return { service, applied: Object.fromEntries(applied), written: outbox ? writtenBy(outbox) : null };
  });
  const atMs = Math.min(...latest.map(({ decidedAtMs }) => decidedAtMs));
  return { region: first.region, epoch, atMs, services };
}

/** Of what the region said itself, at its return before what it said in its failure: it may have gone on for a while. */
export function missingWrites({ services, writtenAtReturn, missingEvents = {} }: FailoverRecord): MissingWrites[] {
  const lastWritesMs = Object.values(missingEvents).flatMap((one) => one.lastWriteMs ?? []);
  const lastWriteMs = lastWritesMs.length === 0 ? undefined : Math.max(...lastWritesMs);
  return services.map(({ service, applied, written: said }) => {
    const answers = Object.values(applied).filter((one) => one !== null);
    const held = Math.max(0, ...answers);
    const written = writtenAtReturn?.[service] ?? said;
    const isKnown = written !== null && answers.length > 0;
    const missing = isKnown ? Math.max(0, written - held) : null;
    const ms = missing === 0 ? 0 : ageOfOldest(missingEvents[service]?.events ?? [], lastWriteMs);
    return { service, held, written, missing, ms };
  });
}

function ageOfOldest(events: readonly MissingEvent[], lastWriteMs: number | undefined): number | null {
  if (events.length === 0 || lastWriteMs === undefined) return null;
  return Math.max(1, Math.round(lastWriteMs - Math.min(...events.map(({ committedAtMs }) => committedAtMs))));
}

/** Of every service, in the order in which each made them. */
export function missingEventsOf({ missingEvents = {} }: FailoverRecord): (MissingEvent & { service: ServiceName })[] {
  return SERVICE_NAMES.flatMap((service) => (missingEvents[service]?.events ?? []).map((one) => ({ ...one, service })));
}
