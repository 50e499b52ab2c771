import type { HeardOfResponse } from '@meridian/contracts';
import { latestOf } from './latest-of.ts';

/** What all other regions together have of a region that lost its memory. */
export interface KnownOfHere {
  /** Nobody has anything: all regions begin. */
  isNothing: boolean;
  /** Whether this service was there before: somebody has an event of it. Otherwise it is a new one among regions that have data. */
  wasHeard: boolean;
  /** By source: the greatest sequence that came to anybody. */
  lastSequences: Record<string, number>;
  /** The greatest transaction number that was promised to anybody. */
  horizon: string;
  /** Of this service, in the region that has most. */
  aggregates: number;
  heard: readonly HeardOfResponse[];
}

/**
 * Throws while one of them has records of this service unread: they belong to the life that is over, and what they say of
 * its counters must be known before it counts on. Those of other services of this region may be of the life that has just
 * begun, and who has them unread may wait for this region itself: when all regions are new, nobody would begin.
 */
export function knownOf(service: string, heard: readonly HeardOfResponse[]): KnownOfHere {
  const unread = heard.find((one) => one.unread > 0);
  if (unread) throw new Error(`${unread.region}/${unread.service} has ${unread.unread} records of this region unread`);
  const lastSequences: Record<string, number> = {};
  for (const [source, sequence] of heard.flatMap((one) => Object.entries(one.lastSequences)))
    lastSequences[source] = Math.max(sequence, lastSequences[source] ?? 0);
  const horizon = latestOf(heard.map((one) => one.horizon));
  const ofService = heard.filter((one) => one.service === service);
  // Of this service alone: the others of its region may have begun the life that it is about to begin.
  const wasHeard = Object.entries(lastSequences).some(([source, last]) => source.endsWith(`/${service}`) && last > 0);
  return {
    isNothing: !wasHeard && heard.every((one) => one.aggregates === 0),
    wasHeard,
    ...{ lastSequences, horizon, heard },
    aggregates: Math.max(0, ...ofService.map((one) => one.aggregates)),
  };
}
