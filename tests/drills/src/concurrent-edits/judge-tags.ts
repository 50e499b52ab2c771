import { type Edit, lastEdits, lastEditsByRegion } from './edit.ts';

/**
 * Tags that regions added and removed without hearing of each other: an addition wins over removals made elsewhere, as
 * these had not seen it; a tag that was there before, and was removed, is gone unless somebody added it again. An edit
 * says all tags that a product shall have. `before` is what every region had seen. One sentence for each broken rule.
 */
export function judgeTags(
  edits: readonly Edit<readonly string[]>[],
  before: readonly string[],
  held: ReadonlyMap<string, readonly string[]>,
): string[] {
  return [...Map.groupBy(edits, (e) => e.register)].flatMap(([register, mine]) => {
    const byRegion = lastEditsByRegion(mine);
    if (byRegion.size === 0) return [];
    const tags = held.get(register);
    if (!tags) return [`${register} are nowhere`];
    const dropped = [...byRegion].flatMap(([region, last]) =>
      inAll(last)
        .filter((tag) => !before.includes(tag) && !tags.includes(tag))
        .map((tag) => `${register}: ${region} added "${tag}", and it is gone`),
    );
    const possible = new Set(lastEdits(mine).flatMap((e) => e.value));
    const risen = tags.filter((tag) => !possible.has(tag));
    return [...dropped, ...risen.map((tag) => `${register}: "${tag}" is there, which no region has left`)];
  });
}

function inAll([first, ...others]: readonly Edit<readonly string[]>[]): string[] {
  return (first?.value ?? []).filter((tag) => others.every(({ value }) => value.includes(tag)));
}
