import type { RegionId, ServiceName } from '@meridian/regions';
import type { Difference, RegionDigest } from './find-differences.ts';
import type { Verdict } from './settled-differences.ts';

export interface Comparison {
  service: ServiceName;
  /** No aggregate that stood still differs. */
  equal: boolean;
  digests: Omit<RegionDigest, 'buckets'>[];
  /** Regions that hold another state than most do; empty when equal. With no majority, all of them. */
  differing: RegionId[];
  differences: Difference[];
  unsettled: string[];
}

export function compareDigests(
  service: ServiceName,
  { digests, differences, unsettled }: Pick<Verdict, 'differences' | 'unsettled'> & { digests: Comparison['digests'] },
): Comparison {
  const holders = new Map<string, RegionId[]>();
  for (const { digest, region } of digests) holders.set(digest, [...(holders.get(digest) ?? []), region]);
  const groups = [...holders.values()].sort((a, b) => b.length - a.length);
  const [largest = [], second = []] = groups;
  const majority = largest.length > second.length;
  const differing =
    groups.length <= 1 ? [] : digests.map((d) => d.region).filter((r) => !majority || !largest.includes(r));
  const summary = digests.map(({ region, aggregates, digest }) => ({ region, aggregates, digest }));
  return { service, equal: differences.length === 0, digests: summary, differing, differences, unsettled };
}
