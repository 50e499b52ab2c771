import type { RegionId } from '@meridian/regions';
import { type Edit, lastEditsByRegion } from './edit.ts';

/** Of the ledger of any region: that `lost` removed the tag, and `won` added it. */
export interface OverriddenRemoval {
  register: string;
  tag: string;
  lost: RegionId;
  won: RegionId;
}

/**
 * What the ledgers tell of removals that lost, while regions edited tags without hearing of each other. Each is told that
 * was its region's last word on the tag, where the last word of another region was to add it; and none that nobody can have
 * made, or that nobody can have won against. `before` is what every region had seen. One sentence for each broken rule.
 */
export function judgeRemovals(
  edits: readonly Edit<readonly string[]>[],
  before: readonly string[],
  ledger: readonly OverriddenRemoval[],
): string[] {
  return [...Map.groupBy(edits, (e) => e.register)].flatMap(([register, mine]) => {
    const tags = [...new Set([...before, ...mine.flatMap(({ value }) => value)])];
    const entries = ledger.filter((entry) => entry.register === register);
    const isTold = (tag: string, lost: RegionId, won: RegionId) =>
      entries.some((entry) => entry.tag === tag && entry.lost === lost && entry.won === won);
    const silent = tags.flatMap((tag) => {
      const lastWord = (did: 'removed' | 'added') =>
        [...lastEditsByRegion(mine)]
          .filter(([region, last]) => {
            const was = mine.filter((e) => e.outcome === 'ok' && e.region === region).map((e) => e.value.includes(tag));
            const isAll = last.every((e) => e.value.includes(tag) === (did === 'added'));
            return isAll && [before.includes(tag), ...was].includes(did === 'removed');
          })
          .map(([region]) => region);
      const added = lastWord('added');
      return lastWord('removed').flatMap((lost) =>
        added
          .filter((won) => !isTold(tag, lost, won))
          .map((won) => `${register}: ${lost} removed "${tag}", ${won} added it, and no ledger tells`),
      );
    });
    const untrue = entries.filter(
      ({ tag, lost, won }) =>
        lost === won || !canHave('removed', tag, lost, mine, before) || !canHave('added', tag, won, mine, before),
    );
    return [
      ...silent,
      ...untrue.map(({ tag, lost, won }) => `${register}: a ledger tells that ${lost} lost "${tag}" to ${won}`),
    ];
  });
}

/** At any time: an edit has the tag, or does not, where another one, or what was there before, was the other way round. */
function canHave(
  done: 'removed' | 'added',
  tag: string,
  region: RegionId,
  edits: readonly Edit<readonly string[]>[],
  before: readonly string[],
): boolean {
  const possible = edits.filter((e) => e.outcome === 'info' || (e.outcome === 'ok' && e.region === region));
  const [has, had] = [possible.map((e) => e.value.includes(tag)), before.includes(tag)];
  return has.includes(done === 'added') && [had, ...has].includes(done === 'removed');
}
