import type { InboxResponse } from '@meridian/contracts';
import type { RegionId, ServiceName } from '@meridian/regions';
import { type FailoverRecord, type MissingEvent, missingWrites } from './missing-writes.ts';

export interface Fate {
  service: ServiceName;
  missing: number;
  /** As of `MissingWrites`. */
  ms: number | null;
  /** In every region that answers by now. */
  arrived: number;
  /** In at least one of them not. */
  outstanding: number;
  /**
   * How many of the missing ones lost to a write that did not know of them; their values are in the conflict ledger. A write
   * counts once, however many of its fields lost. Null where the region has not said which ones were missing.
   */
  overwritten: number | null;
}

/** The losing side of an entry of the conflict ledger. */
export interface LostWrite {
  aggregateId: string;
  hlc: string;
}

export type WriteFate = MissingEvent & { service: ServiceName; fate: 'came' | 'overwritten' | 'still missing' };

export interface Fates {
  services: Fate[];
  /** Of each, as far as the region has said which they were; in the order in which each service made them. */
  writes: WriteFate[];
}

/** What became of the writes that the survivors did not have, once the region is back; undefined before it is. */
export function fatesOf(
  record: FailoverRecord,
  inboxes: readonly InboxResponse[],
  lost: readonly LostWrite[],
): Fates | undefined {
  if (!record.writtenAtReturn) return undefined;
  // What the region wrote after its return can lose as well: a write is told by its aggregate and its clock reading.
  const hasLost = new Set(lost.map(nameOf));
  const writes: WriteFate[] = [];
  const services = missingWrites(record).map(({ service, held, written, missing, ms }): Fate => {
    const everywhere = appliedEverywhere(record.region, service, inboxes);
    const outstanding = Math.min(missing ?? 0, Math.max(0, (written ?? 0) - Math.max(held, everywhere)));
    const events = record.missingEvents?.[service]?.events;
    const isLost = ({ key, hlc }: MissingEvent) => hasLost.has(nameOf({ aggregateId: key, hlc }));
    for (const event of events ?? []) {
      const came = isLost(event) ? 'overwritten' : 'came';
      writes.push({ ...event, service, fate: event.sequence > everywhere ? 'still missing' : came });
    }
    return {
      ...{ service, missing: missing ?? 0, ms, arrived: (missing ?? 0) - outstanding, outstanding },
      overwritten: missing === 0 ? 0 : (events?.filter(isLost).length ?? null),
    };
  });
  return { services, writes };
}

/** Up to which of its events each region has all, of those that answer. */
function appliedEverywhere(lost: RegionId, service: ServiceName, inboxes: readonly InboxResponse[]): number {
  const applied = inboxes
    .filter((one) => one.service === service && one.region !== lost)
    .map((one) => one.bySource[`/${lost}/${service}`]?.appliedUpTo ?? 0);
  return applied.length === 0 ? 0 : Math.min(...applied);
}

const nameOf = ({ aggregateId, hlc }: LostWrite) => `${aggregateId} ${hlc}`;
