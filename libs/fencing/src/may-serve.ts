import { type Mode, mayRead, mayWrite, type RegionId, type RegionState, type RoutingTable } from '@meridian/regions';
import { type KnownEpoch, needsLease } from './known-epoch.ts';

/** A request as far as fencing is concerned. `epoch` is the one under which it was sent; undefined when it says none. */
export interface Asking {
  region: RegionId;
  epoch: number | undefined;
  nowMs: number;
}

export type MayServe = { ok: true } | ({ ok: false } & FenceRefusal);

export type FenceRefusal =
  /** Whoever sent it acts on a decision that is over. */
  | { reason: 'StaleEpoch'; epoch: number; known: number }
  /** This region may be the one that acts on a decision that is over. */
  | { reason: 'EpochNotKnown'; epoch: number; known: number }
  | ({ reason: 'RegionNotWritable' | 'RegionNotServing' } & Standing)
  | { reason: 'LeaseOver'; overSinceMs: number | undefined };

/** Why this region may not, and which may. `state` is undefined for a region that the table does not name. */
export interface Standing {
  state: RegionState | undefined;
  mode: Mode['kind'];
  instead: RegionId[];
}

/** Whether a client's write is taken: the sender, this region and, where one is needed, the lease must be of now. */
export function mayTakeWrite(known: KnownEpoch, asking: Asking): MayServe {
  const { table, leaseUntilMs } = known;
  const { region, epoch, nowMs } = asking;
  if (epoch !== undefined && epoch < table.epoch) return stale(known, epoch);
  if (epoch !== undefined && epoch > table.epoch) return notKnown(known, epoch);
  if (!mayWrite(table, region)) return { ok: false, reason: 'RegionNotWritable', ...standing(known, region, mayWrite) };
  if (needsLease(table, region) && !(leaseUntilMs !== undefined && nowMs < leaseUntilMs))
    return {
      ok: false,
      reason: 'LeaseOver',
      overSinceMs: leaseUntilMs === undefined ? undefined : nowMs - leaseUntilMs,
    };
  return { ok: true };
}

/**
 * Whether a read is answered. An older epoch of its sender is no reason against it: who may read here under the newest
 * table is answered rightly, however they came here.
 */
export function mayTakeRead(known: KnownEpoch, { region, epoch }: Asking): MayServe {
  if (epoch !== undefined && epoch > known.table.epoch) return notKnown(known, epoch);
  if (mayRead(known.table, region)) return { ok: true };
  return { ok: false, reason: 'RegionNotServing', ...standing(known, region, mayRead) };
}

/**
 * Whether this region does for another one what regions do for each other: hands over stock, decides about an address.
 * One that takes no client's writes goes on with that, or what it holds would be out of reach; one that was taken out
 * without its consent does not, as others may have taken over what it held.
 */
export function mayServePeer(known: KnownEpoch, { region, epoch }: Asking): MayServe {
  if (epoch !== undefined && epoch < known.table.epoch) return stale(known, epoch);
  if (epoch !== undefined && epoch > known.table.epoch) return notKnown(known, epoch);
  if (servesPeers(known.table, region)) return { ok: true };
  return { ok: false, reason: 'RegionNotServing', ...standing(known, region, servesPeers) };
}

export function servesPeers({ regions }: RoutingTable, region: RegionId): boolean {
  const state = regions[region]?.state;
  return state !== undefined && state !== 'failed' && state !== 'recovering';
}

const stale = ({ table }: KnownEpoch, epoch: number): MayServe => {
  return { ok: false, reason: 'StaleEpoch', epoch, known: table.epoch };
};
const notKnown = ({ table }: KnownEpoch, epoch: number): MayServe => {
  return { ok: false, reason: 'EpochNotKnown', epoch, known: table.epoch };
};

function standing(
  { table }: KnownEpoch,
  region: RegionId,
  may: (table: RoutingTable, of: RegionId) => boolean,
): Standing {
  const instead = Object.keys(table.regions).filter((of) => may(table, of));
  return { state: table.regions[region]?.state, mode: table.mode.kind, instead };
}
