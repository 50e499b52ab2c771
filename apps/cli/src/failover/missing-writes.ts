import type { InboxResponse, LossResponse, OutboxResponse } from '@meridian/contracts';
import type { RegionId, ServiceName } from '@meridian/regions';
import { SERVICE_NAMES } from '@meridian/regions';
import { z } from 'zod';
import { writtenBy } from '../horizons/shortfalls.ts';

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
});
export type FailoverRecord = z.infer<typeof failoverRecord>;

export interface MissingWrites {
  service: ServiceName;
  /** The most that any survivor had. */
  held: number;
  written: number | null;
  /** Acknowledged there, and in no survivor when it was failed over; null where nobody could say. */
  missing: number | null;
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
export function missingWrites({ services, writtenAtReturn }: FailoverRecord): MissingWrites[] {
  return services.map(({ service, applied, written: said }) => {
    const answers = Object.values(applied).filter((one) => one !== null);
    const held = Math.max(0, ...answers);
    const written = writtenAtReturn?.[service] ?? said;
    const isKnown = written !== null && answers.length > 0;
    return { service, held, written, missing: isKnown ? Math.max(0, written - held) : null };
  });
}

export interface Fate {
  service: ServiceName;
  missing: number;
  /** In every region that answers by now. */
  arrived: number;
  /** In at least one of them not. */
  outstanding: number;
  /** Of those that came, how many lost to a write that did not know of them; their values are in the conflict ledger. */
  overwritten: number;
}

/** What became of each write that the survivors did not have, once the region is back; undefined before it is. */
export function fatesOf(
  record: FailoverRecord,
  inboxes: readonly InboxResponse[],
  overwritten: Readonly<Partial<Record<ServiceName, number>>>,
): Fate[] | undefined {
  if (!record.writtenAtReturn) return undefined;
  return missingWrites(record).map(({ service, held, written, missing }) => {
    const source = `/${record.region}/${service}`;
    const applied = inboxes
      .filter((one) => one.service === service && one.region !== record.region)
      .map((one) => one.bySource[source]?.appliedUpTo ?? 0);
    const everywhere = applied.length === 0 ? 0 : Math.min(...applied);
    const outstanding = Math.min(missing ?? 0, Math.max(0, (written ?? 0) - Math.max(held, everywhere)));
    return {
      ...{ service, missing: missing ?? 0, arrived: (missing ?? 0) - outstanding, outstanding },
      overwritten: overwritten[service] ?? 0,
    };
  });
}
