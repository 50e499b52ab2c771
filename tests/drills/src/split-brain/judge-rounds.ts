import { isDeepStrictEqual } from 'node:util';
import type { RegionId, RoutingTable } from '@meridian/regions';
import type { Round } from './promote-at-once.ts';

export interface RoundsVerdict {
  /** Epochs that nobody won, or more than one. */
  notOne: string[];
  /** Operators who lost and were not told by whose table. */
  untold: string[];
  /** Epochs of which two know different tables, or another one than the winner's. */
  disagreeing: string[];
}

/** I8. `decided` is what the control of each region has noted, by epoch; gaps are allowed, another table is not. */
export function judgeRounds(
  rounds: readonly Round[],
  decided: Readonly<Record<RegionId, ReadonlyMap<number, RoutingTable>>>,
): RoundsVerdict {
  const verdict: RoundsVerdict = { notOne: [], untold: [], disagreeing: [] };
  for (const { epoch, winners, losers } of rounds) {
    const [winner] = winners;
    if (winners.length !== 1 || !winner) {
      const said = losers.map(({ at, why }) => `${at}: ${why}`).join(', ');
      verdict.notOne.push(`epoch ${epoch} has ${winners.length} winners${said && ` (${said})`}`);
      continue;
    }
    for (const { at, why, toldTable } of losers)
      if (!isDeepStrictEqual(toldTable, winner)) verdict.untold.push(`epoch ${epoch}, ${at}: ${why}`);
    for (const [region, tables] of Object.entries(decided)) {
      const known = tables.get(epoch);
      if (known && !isDeepStrictEqual(known, winner))
        verdict.disagreeing.push(`${region} knows "${known.reason}" as epoch ${epoch}, which "${winner.reason}" won`);
    }
  }
  return verdict;
}
