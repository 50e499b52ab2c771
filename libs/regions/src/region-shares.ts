import type { Mode, RoutingTable } from './routing-table.ts';
import type { RegionId, Topology } from './topology.ts';

/**
 * How much of the traffic that distance would give it each region keeps. Three things make it less than all: the weight
 * that an operator has set, the night where the region is (follow-the-sun), and that it has just come back (known to one
 * edge only, which says so by `reduceShare`).
 */
export interface RegionShare {
  /** 0 to 1. Only its relation to the greatest share among the regions that can serve counts. */
  share: number;
  /** What makes it smaller than 1: of several things, the one that does most. */
  why: ShareReason;
}
export type ShareReason = 'weight' | 'follow-the-sun' | 'slow-start';
export type RegionShares = Readonly<Record<RegionId, RegionShare>>;

/** By the wall clock `now` in milliseconds. Costs a look into the calendar of each time zone: worth keeping for a moment. */
export function regionShares(table: RoutingTable, topology: Topology, now: number): RegionShares {
  const clock = table.mode.kind === 'follow-the-sun' ? table.mode.clock : undefined;
  const shareOf = (id: RegionId, timeZone: string): RegionShare => {
    const weight: RegionShare = { share: table.regions[id]?.weight ?? 1, why: 'weight' };
    return clock ? reduceShare(weight, sunShare(localHour(timeZone, timeOf(clock, now))), 'follow-the-sun') : weight;
  };
  return Object.fromEntries(topology.regions.map(({ id, timeZone }) => [id, shareOf(id, timeZone)]));
}

export function reduceShare({ share, why }: RegionShare, factor: number, because: ShareReason): RegionShare {
  return { share: share * factor, why: factor < share ? because : why };
}

type Clock = Extract<Mode, { kind: 'follow-the-sun' }>['clock'];

/** The time that the simulated clock of follow-the-sun shows at the wall clock `now`; both in milliseconds. */
export function timeOf(clock: Clock, now: number): number {
  return clock.startsAtMs + (now - clock.realStartMs) * clock.speed;
}

const OPENS = 8;
const CLOSES = 18;
/** Hours that a ramp takes, its middle at opening and closing time: no minute in which all traffic moves. */
const RAMP = 2;
/** Not none: at night everywhere, the nearest is still the nearest. */
const AT_NIGHT = 0.05;

/**
 * The share of a region whose clocks show `hour` (0 to 24): all in business hours, little at night, along a smooth step
 * between. Every day is a working day.
 */
export function sunShare(hour: number): number {
  const up = smoothStep((hour - OPENS) / RAMP + 0.5);
  const down = smoothStep((hour - CLOSES) / RAMP + 0.5);
  return AT_NIGHT + (1 - AT_NIGHT) * (up - down);
}

function smoothStep(x: number): number {
  const t = Math.min(1, Math.max(0, x));
  return t * t * (3 - 2 * t);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Hours since midnight as clocks in an IANA time zone show them, summer time included. Throws a RangeError for no zone. */
export function localHour(timeZone: string, atMs: number): number {
  let format = formats.get(timeZone);
  if (!format) {
    const shown = { hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' } as const;
    format = new Intl.DateTimeFormat('en-GB', { timeZone, ...shown });
    formats.set(timeZone, format);
  }
  let hours = 0;
  for (const { type, value } of format.formatToParts(atMs)) {
    if (type === 'hour') hours += Number(value);
    else if (type === 'minute') hours += Number(value) / 60;
    else if (type === 'second') hours += Number(value) / 3600;
  }
  return hours;
}
