import type { RegionId } from '@meridian/regions';

/** Who was found to be the primary, and when it was looked. */
export interface HeldPrimary {
  primary: RegionId;
  epoch: number;
  fromMs: number;
}

/** One entry for each time that another region became the primary, the first included. */
export function turnsOf(seen: readonly HeldPrimary[]): HeldPrimary[] {
  return seen.filter((look, i) => look.primary !== seen[i - 1]?.primary);
}

/**
 * What is unlike a day, in which every region has its turn. The primary that was named may not be where it was day, and the
 * region with which the day began may come again at its end: so two turns more than regions, and one that goes to and fro has
 * more of them.
 */
export function unlikeDay(turns: readonly HeldPrimary[], regions: readonly RegionId[]): string[] {
  const never = regions.filter((region) => !turns.some(({ primary }) => primary === region));
  const surplus = turns.length > regions.length + 2 ? [`${turns.length - 1} hand-overs in one day`] : [];
  return [...never.map((region) => `${region} never was the primary`), ...surplus];
}
