import type { ModeKind, RegionId, RoutingTable, ServiceName } from '@meridian/regions';
import { mayWrite, regionIds, rttMs, type Topology } from '@meridian/regions';
import { latencyMs, type ShopKind, servedAgainAfterMs } from '@meridian/testing';
import type { ProcessStatus } from '../instance/process-status.ts';

/** One request of the load. Times of `performance.now()`, in milliseconds. */
export interface SentRequest {
  kind: ShopKind;
  service: ServiceName;
  /** Where the client is. */
  near: RegionId;
  sentAtMs: number;
  endedAtMs: number;
  outcome: 'ok' | 'fail' | 'info';
  servedBy: RegionId | undefined;
  orderId: string | undefined;
}

/** What was seen of one mode under the load: a steady part, and then the loss of a region. */
export interface ModeObservation {
  kind: ModeKind;
  /** In force when the steady part was over. */
  table: RoutingTable;
  processes: readonly ProcessStatus[];
  requests: readonly SentRequest[];
  steady: { fromMs: number; toMs: number; wanBytes: number };
  lost: RegionId;
  lostAtMs: number;
  /** What it took to go on, where somebody had to decide: ms after the loss. */
  takeover: { detectMs: number; decideMs: number; takesWritesMs: number; startedProcesses: number } | undefined;
  /** Orders that the lost region had acknowledged and no region that was left had. */
  missingOrderIds: readonly string[];
  /** Of the machine, of the last minute, just before the loss. */
  loadAverage: number;
}

interface Latency {
  p50Ms: number | null;
  p99Ms: number | null;
}

/** One column of the card. Latencies and times in milliseconds; null where nothing can be said. */
export interface ModeCard {
  mode: ModeKind;
  /**
   * By where the client is. `atEdge` is what was measured; but one edge stands beside all regions, so that no link lies between a
   * client and a distant region. What that would add, the profile's round trip to the region that served, is in the others.
   */
  writes: Record<RegionId, Latency & { atEdge: Latency; count: number }>;
  lost: RegionId;
  /** From the loss until, of every 100 requests in a row, 99 were answered well. */
  rtoMs: number | null;
  takeover: ModeObservation['takeover'] | null;
  rpo: { writes: number; ms: number; ofOrders: number };
  requests: number;
  /** Before it, hand-overs are what fails a request; after it, the loss. */
  failed: { beforeLoss: number; afterLoss: number };
  loadAverage: number;
  /** In the regions that take no writes. */
  idle: { processes: number; bytes: number };
  total: { processes: number; bytes: number };
  orders: number;
  wanBytesPer1000Orders: number | null;
  usdPer1000Orders: number | null;
}

/** An answer that takes longer is no service, unless answers took half as long before. As in the drills. */
const SERVED_WITHIN_MS = 1_000;
const BYTES_PER_GB = 1e9;

export interface Terms {
  topology: Topology;
  /** Of the links, as it was while the load ran. */
  profile: string;
  usdPerGb: number;
}

export function cardOf(seen: ModeObservation, { topology, profile, usdPerGb }: Terms): ModeCard {
  const { requests, steady, table, lost, lostAtMs } = seen;
  const before = requests.filter((r) => r.sentAtMs >= steady.fromMs && r.endedAtMs <= steady.toMs);
  const orders = before.filter(isDone).filter(({ kind }) => kind === 'order').length;
  const servedWithinMs = Math.max(SERVED_WITHIN_MS, 2 * latencyMs(before, 0.99) || 0);
  const per1000 = orders === 0 ? null : (1_000 * steady.wanBytes) / orders;
  const failed = requests.filter((r) => !isDone(r));
  const wayMs = ({ near, servedBy = near }: SentRequest) => rttMs(topology, profile, near, servedBy);
  const running = seen.processes.filter(({ state }) => state === 'running');
  const idle = running.filter(({ region }) => region && table.regions[region] && !mayWrite(table, region));
  return {
    mode: seen.kind,
    writes: Object.fromEntries(regionIds(topology).map((region) => [region, writesNear(before, region, wayMs)])),
    lost,
    rtoMs: rounded(servedAgainAfterMs(requests, lostAtMs, servedWithinMs)),
    takeover: seen.takeover ?? null,
    rpo: lossOf(seen),
    requests: requests.length,
    failed: {
      beforeLoss: failed.filter(({ sentAtMs }) => sentAtMs < lostAtMs).length,
      afterLoss: failed.filter(({ sentAtMs }) => sentAtMs >= lostAtMs).length,
    },
    loadAverage: seen.loadAverage,
    idle: sizeOf(idle),
    total: sizeOf(running),
    orders,
    wanBytesPer1000Orders: rounded(per1000 ?? undefined),
    usdPer1000Orders: per1000 === null ? null : (per1000 / BYTES_PER_GB) * usdPerGb,
  };
}

/**
 * What the lost region has acknowledged of orders: only those can be missing elsewhere. Also what it acknowledged between the
 * call that kills it and its death: that had the least time to be copied. Of requests until the region returns.
 */
export function acknowledgedBy(requests: readonly SentRequest[], lost: RegionId): SentRequest[] {
  return requests.filter((r) => isDone(r) && r.orderId !== undefined && r.servedBy === lost);
}

function lossOf({ requests, lost, lostAtMs, missingOrderIds }: ModeObservation): ModeCard['rpo'] {
  const acknowledged = acknowledgedBy(requests, lost);
  const missing = acknowledged.filter(({ orderId }) => missingOrderIds.includes(orderId ?? ''));
  const lastMs = Math.max(lostAtMs, ...acknowledged.map(({ endedAtMs }) => endedAtMs));
  const oldestMs = Math.min(lastMs, ...missing.map(({ endedAtMs }) => endedAtMs));
  return { writes: missing.length, ms: Math.round(lastMs - oldestMs), ofOrders: acknowledged.length };
}

function writesNear(
  requests: readonly SentRequest[],
  region: RegionId,
  wayMs: (request: SentRequest) => number,
): ModeCard['writes'][string] {
  const writes = requests.filter((r) => r.near === region && r.kind !== 'read' && isDone(r));
  const withWay = writes.map((r) => ({ ...r, endedAtMs: r.endedAtMs + wayMs(r) }));
  return { ...latencyOf(withWay), atEdge: latencyOf(writes), count: writes.length };
}

function latencyOf(requests: readonly SentRequest[]): Latency {
  return { p50Ms: rounded(latencyMs(requests, 0.5)), p99Ms: rounded(latencyMs(requests, 0.99)) };
}

function sizeOf(processes: readonly ProcessStatus[]): { processes: number; bytes: number } {
  return { processes: processes.length, bytes: processes.reduce((sum, { rssBytes }) => sum + (rssBytes ?? 0), 0) };
}

const isDone = ({ outcome }: Pick<SentRequest, 'outcome'>) => outcome === 'ok';
const rounded = (x: number | undefined) => (x === undefined || Number.isNaN(x) ? null : Math.round(x));
