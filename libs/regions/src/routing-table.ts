import { z } from 'zod';
import type { RegionId } from './topology.ts';

/**
 * What a majority of regions has decided about all of them: who may serve, who may write, in which mode. The whole
 * decision is one value under one number, its epoch, so that no two parts can be from different decisions, and whoever
 * compares two tables needs to compare two numbers.
 */

/**
 * - `active`: serves, and writes where its mode lets it.
 * - `draining`: finishes what it accepted and takes nothing new, on its way to `evacuated`.
 * - `evacuated`: out of traffic by a plan; its data tier goes on replicating.
 * - `failed`: taken out without its consent; it may be writing still, in the name of an epoch that is over.
 * - `standby`: has the data and may have no services running (pilot light).
 * - `recovering`: back, and not yet equal to the others; serves nobody.
 * - `failing-back`: equal, and taking its share back step by step.
 */
export const REGION_STATES = [
  'active',
  'draining',
  'evacuated',
  'failed',
  'standby',
  'recovering',
  'failing-back',
] as const;
export type RegionState = (typeof REGION_STATES)[number];

const primary = z.string().min(1);

export const mode = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('active-active') }),
  z.object({
    kind: z.literal('active-passive'),
    primary,
    /** The regions fail a lost primary by themselves. */
    automatic: z.boolean().optional(),
  }),
  z.object({ kind: z.literal('pilot-light'), primary }),
  z.object({
    kind: z.literal('follow-the-sun'),
    primary,
    /** The simulated clock: `at = startsAtMs + (now - realStartMs) × speed`. Speed 1 with equal starts is the real one. */
    clock: z.object({ realStartMs: z.number(), startsAtMs: z.number(), speed: z.number().positive() }),
  }),
]);
export type Mode = z.infer<typeof mode>;
export type ModeKind = Mode['kind'];

const regionEntry = z.object({
  state: z.enum(REGION_STATES),
  /** Share of the traffic that distance would give it: 1 is all of it, 0 none. */
  weight: z.number().min(0).max(1),
  /** The epoch in which it came into its state. */
  sinceEpoch: z.int().min(0),
});
export type RegionEntry = z.infer<typeof regionEntry>;

export const routingTable = z.object({
  epoch: z.int().min(0),
  mode,
  regions: z.record(z.string(), regionEntry),
  /** Wall clock of the region that proposed it, in milliseconds. For people; nothing is decided by it. */
  decidedAtMs: z.number(),
  /** In words, e.g. `meridian evacuate eu-west`. */
  reason: z.string(),
});
export type RoutingTable = z.infer<typeof routingTable>;

/** What holds before anybody has decided anything: every region active, everywhere written. */
export function firstRoutingTable(regions: readonly RegionId[]): RoutingTable {
  return {
    epoch: 0,
    mode: { kind: 'active-active' },
    regions: Object.fromEntries(regions.map((id) => [id, { state: 'active', weight: 1, sinceEpoch: 0 } as const])),
    decidedAtMs: 0,
    reason: 'the first table',
  };
}

/** The one region that may write, in the modes that have one. */
export function primaryOf(table: RoutingTable): RegionId | undefined {
  return table.mode.kind === 'active-active' ? undefined : table.mode.primary;
}

/** Whether a region may take new writes under this table. A region that the table does not name may not. */
export function mayWrite(table: RoutingTable, region: RegionId): boolean {
  const state = table.regions[region]?.state;
  if (state !== 'active' && state !== 'failing-back') return false;
  const only = primaryOf(table);
  return only === undefined || only === region;
}

/** Whether a region may answer reads under this table. */
export function mayRead(table: RoutingTable, region: RegionId): boolean {
  const state = table.regions[region]?.state;
  if (state === 'active' || state === 'failing-back') return true;
  return state === 'standby' && table.mode.kind === 'active-passive';
}
