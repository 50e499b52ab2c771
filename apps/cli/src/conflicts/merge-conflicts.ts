import type { ConflictResponse } from '@meridian/contracts';
import type { RegionId, ServiceName } from '@meridian/regions';

/** What one region's ledger holds. */
export interface RegionConflicts {
  region: RegionId;
  service: ServiceName;
  items: ConflictResponse[];
}

export interface MergedConflict extends ConflictResponse {
  service: ServiceName;
  /** The regions whose joins met it. */
  noticedIn: RegionId[];
}

/**
 * The union of the ledgers: one conflict has one id in all of them. It was noticed when the first region did, and is
 * resolved when one region says so: that is where it was written again, and the others are not told.
 */
export function mergeConflicts(answers: readonly RegionConflicts[]): MergedConflict[] {
  const byId = new Map<string, MergedConflict>();
  for (const { region, service, items } of answers)
    for (const item of items) {
      const known = byId.get(item.id);
      byId.set(item.id, {
        ...(known ?? item),
        service,
        detectedAt: known && known.detectedAt < item.detectedAt ? known.detectedAt : item.detectedAt,
        status: known?.status === 'resolved' ? 'resolved' : item.status,
        noticedIn: [...(known?.noticedIn ?? []), region],
      });
    }
  return [...byId.values()].sort((a, b) => (a.detectedAt < b.detectedAt ? 1 : -1));
}
