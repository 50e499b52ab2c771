import type { RegionId, ServiceName } from '@meridian/regions';

export interface RegionDigest {
  region: RegionId;
  aggregates: number;
  digest: string;
}

export interface Comparison {
  service: ServiceName;
  equal: boolean;
  digests: RegionDigest[];
  /** Regions that hold another state than most do; empty when equal. With no majority, all of them. */
  differing: RegionId[];
}

export function compareDigests(service: ServiceName, digests: RegionDigest[]): Comparison {
  const holders = new Map<string, RegionId[]>();
  for (const { digest, region } of digests) holders.set(digest, [...(holders.get(digest) ?? []), region]);
  const groups = [...holders.values()].sort((a, b) => b.length - a.length);
  const [largest = [], second = []] = groups;
  const majority = largest.length > second.length;
  const differing =
    groups.length <= 1 ? [] : digests.map((d) => d.region).filter((r) => !majority || !largest.includes(r));
  return { service, equal: groups.length <= 1, digests, differing };
}
