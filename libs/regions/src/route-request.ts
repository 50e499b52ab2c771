import { keyShare } from './key-share.ts';
import type { RankedRegion } from './rank-regions.ts';
import type { RegionShares, ShareReason } from './region-shares.ts';
import { mayRead, mayWrite, primaryOf, type RoutingTable } from './routing-table.ts';
import type { RegionId } from './topology.ts';

/**
 * Which region serves a request. Problem: the answer must be the same wherever it is computed and must never be "none"
 * while a region is left that could be tried. So it is a pure function of what is known locally: the last decided table,
 * the distances, what this edge saw of the regions' health. No service is asked while a request waits, and a lost control
 * plane changes nothing (static stability).
 *
 * What may not serve is never asked, whatever its health: in a mode with a primary a write is tried there or nowhere.
 * What is unhealthy is asked only when nothing else is left, as the report itself may be what is broken (fail open).
 */

/** Whether a region can be used now, as far as is known here. A region that is not listed cannot. */
export type HealthTable = Readonly<Record<RegionId, boolean>>;

export interface RoutingQuestion {
  table: RoutingTable;
  /** `rankRegions` of the client's place, which `rankByRtt` may have put in another order: what comes first is nearer. */
  ranked: readonly RankedRegion[];
  health: HealthTable;
  /** `regionShares` of now. */
  shares: RegionShares;
  kind: 'read' | 'write';
  /** Decides into which share of a region the request falls; the same key, the same way. */
  key: string;
  /** Regions whose writes the client's session has seen: the nearest of them is preferred to one that is nearer. */
  session?: readonly RegionId[];
}

/**
 * Why a region that is nearer than the first candidate is not it. `out-of-service`: its state in the table.
 * `not-primary`: a write, in a mode in which another region takes them. `session`: the session is at home elsewhere.
 */
export type PassedOverReason = 'out-of-service' | 'not-primary' | 'unhealthy' | 'session' | ShareReason;

/**
 * Why the first candidate is first. `nearest`: nothing is nearer. `none-healthy`: every region that may serve is reported
 * unhealthy. `none-may-serve`: the table lets nobody, which no granted command leads to: every region is tried.
 * Otherwise: why the nearest one was passed over.
 */
export type RoutingReason = 'nearest' | 'none-healthy' | 'none-may-serve' | PassedOverReason;

export interface RoutingDecision {
  /** Regions in the order to try them; never empty while there are regions. */
  candidates: readonly RankedRegion[];
  reason: RoutingReason;
  /** Regions nearer than the first candidate. */
  passedOver: readonly { region: RegionId; why: PassedOverReason }[];
}

export function routeRequest(question: RoutingQuestion): RoutingDecision {
  const { table, ranked, health, kind } = question;
  const may = kind === 'read' ? mayRead : mayWrite;
  const allowed = ranked.filter(({ region }) => may(table, region));
  if (allowed.length === 0) return { candidates: ranked, reason: 'none-may-serve', passedOver: [] };
  const usable = allowed.filter(({ region }) => health[region] === true);
  if (usable.length === 0) return { candidates: allowed, reason: 'none-healthy', passedOver: [] };

  const greatest = greatestShare(question, usable);
  const pinned = pinnedRegion(question, usable);
  const first = pinned ?? usable.find((candidate) => keepsKey(question, candidate, greatest)) ?? usable[0];
  if (first === ranked[0]) return { candidates: usable, reason: 'nearest', passedOver: [] };
  const passedOver = ranked.slice(0, ranked.indexOf(first as RankedRegion)).map(({ region }) => {
    if (!may(table, region)) return { region, why: whyNot(question, region) };
    if (health[region] !== true) return { region, why: 'unhealthy' as const };
    return { region, why: pinned ? ('session' as const) : (question.shares[region]?.why ?? 'weight') };
  });
  const reason = passedOver[0]?.why ?? 'nearest';
  if (first === usable[0]) return { candidates: usable, reason, passedOver };
  const rest = usable.filter((candidate) => candidate !== first);
  return { candidates: [first as RankedRegion, ...rest], reason, passedOver };
}

/** A region without a share was taken out of traffic, which sessions must not undo. */
function pinnedRegion({ session, shares }: RoutingQuestion, usable: readonly RankedRegion[]): RankedRegion | undefined {
  if (session === undefined || session.length === 0) return undefined;
  return usable.find(({ region }) => session.includes(region) && shares[region]?.share !== 0);
}

/** A region with the greatest share keeps whatever reaches it, so that nothing is left over behind the last one. */
function keepsKey({ shares, key }: RoutingQuestion, { region }: RankedRegion, greatest: number): boolean {
  const share = shares[region]?.share ?? 1;
  return share >= greatest || keyShare(key, region) * greatest < share;
}

function greatestShare({ shares }: RoutingQuestion, usable: readonly RankedRegion[]): number {
  let greatest = 0;
  for (const { region } of usable) greatest = Math.max(greatest, shares[region]?.share ?? 1);
  return greatest;
}

function whyNot({ table, kind }: RoutingQuestion, region: RegionId): PassedOverReason {
  return kind === 'write' && mayRead(table, region) && primaryOf(table) !== undefined
    ? 'not-primary'
    : 'out-of-service';
}
