/**
 * Measures contestants by turns, and begins each round with another one: what the machine does beside it, and what one
 * leaves behind for the next (a warm cache, a full log), falls on all of them alike.
 */
export async function inTurn<Name extends string, Sample>(
  contestants: readonly Name[],
  rounds: number,
  measure: (contestant: Name, round: number) => Promise<Sample>,
): Promise<Record<Name, Sample[]>> {
  const samples = Object.fromEntries(contestants.map((name) => [name, [] as Sample[]])) as Record<Name, Sample[]>;
  for (let round = 0; round < rounds; round += 1)
    for (const name of rotated(contestants, round)) samples[name].push(await measure(name, round));
  return samples;
}

/** Every second round backwards as well: with two contestants, neither is always behind the other. */
function rotated<T>(list: readonly T[], round: number): T[] {
  const from = Math.floor(round / 2) % list.length;
  const turned = [...list.slice(from), ...list.slice(0, from)];
  return round % 2 === 0 ? turned : turned.reverse();
}
