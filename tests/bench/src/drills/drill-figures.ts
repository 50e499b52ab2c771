/**
 * What a drill tells is written for people: `evacuated after 1.9 s (nothing under way after 0.4 s)`. Here it becomes
 * numbers again: one definition of a figure is enough, and it is the drill's.
 */

const NUMBER = /-?\d[\d,]*(\.\d+)?/;
const AT_THE_START = new RegExp(`^${NUMBER.source}`);

/** The number behind `label`, or at the very start when there is none; NaN when there is no such. */
export function numberIn(told: string | undefined, label = ''): number {
  const at = label === '' ? 0 : (told?.indexOf(label) ?? -1);
  if (told === undefined || at < 0) return Number.NaN;
  const found = (label === '' ? AT_THE_START : NUMBER).exec(told.slice(at + label.length));
  return found ? Number(found[0].replaceAll(',', '')) : Number.NaN;
}
