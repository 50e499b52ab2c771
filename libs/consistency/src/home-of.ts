/**
 * Which region decides for an aggregate when `strong` is asked. Every region must answer the same without asking another
 * one, and when a region comes or goes, only those aggregates should move that must.
 *
 * Rendezvous hashing gives each (region, id) a weight; the heaviest region is the home. Unlike a modulus, a region that
 * goes moves its own aggregates and no other; unlike a ring of virtual nodes, it needs no table and spreads evenly.
 *
 * Source: Thaler and Ravishankar, "A Name-Based Mapping Scheme for Rendezvous" (1996).
 * Limits: costs a hash per region; which region is near to whom plays no part.
 */
export function homeOf(id: string, regions: readonly string[]): string {
  let home: string | undefined;
  let heaviest = -1;
  for (const region of regions) {
    const weight = weightOf(`${region}/${id}`);
    // Equal weights: by name, so that the order in which the regions are listed plays no part.
    if (weight > heaviest || (weight === heaviest && home !== undefined && region < home)) {
      home = region;
      heaviest = weight;
    }
  }
  if (home === undefined) throw new Error('An aggregate has a home region only where there is a region.');
  return home;
}

/** FNV-1a over the UTF-16 units, finished as MurmurHash3 is: FNV alone leaves the last characters in the low bits. */
function weightOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
