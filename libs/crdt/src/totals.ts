import { joinByKey } from './join-by-key.ts';

/**
 * Numbers that only grow, each changed by one author: the map of maxima that every counter here is made of. Of two
 * readings of one entry the greater one is the later one, so the join needs no clock, and a repetition adds nothing.
 */
export type Totals = Record<string, number>;

export function joinTotals(a: Totals, b: Totals): Totals {
  return joinByKey(a, b, (x, y) => Math.max(x ?? 0, y ?? 0)) as Totals;
}

/** 0 for an entry that is not there, also when its key is one that every object inherits, such as `constructor`. */
export function totalIn(totals: Totals, key: string): number {
  return Object.hasOwn(totals, key) ? (totals[key] ?? 0) : 0;
}

export function sumOf(totals: Totals): number {
  return Object.values(totals).reduce((sum, total) => sum + total, 0);
}

/** The one entry, grown by `units`, as a delta. Throws for what would not be growth by whole units. */
export function grown(totals: Totals, key: string, units: number): Totals {
  const total = totalIn(totals, key) + units;
  if (!Number.isSafeInteger(units) || units < 0 || !Number.isSafeInteger(total))
    throw new RangeError(`A total grows by whole units, 0 or more, and stays exact: not ${units}, to ${total}.`);
  return { [key]: total };
}
