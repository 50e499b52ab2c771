import type { RegionId } from '@meridian/regions';

/** An aggregate's state, as far as a comparison goes; null where a region does not hold it. */
export type StateOf = { digest: string; hlc: string } | null;

export interface Difference {
  id: string;
  states: Record<RegionId, StateOf>;
}

export interface RegionDigest {
  region: RegionId;
  aggregates: number;
  digest: string;
  buckets: { aggregates: number; digest: string }[];
}

/** What a comparison asks of the regions. */
export interface HeldStates {
  regions: readonly RegionId[];
  buckets(region: RegionId): Promise<{ aggregates: number; digest: string; buckets: RegionDigest['buckets'] }>;
  aggregates(region: RegionId, buckets: readonly number[]): Promise<{ id: string; digest: string; hlc: string }[]>;
}

/** What the regions held at about one moment. */
export interface Look {
  digests: RegionDigest[];
  differences: Difference[];
}

/** An answer names this many aggregates at most, whatever the size of the table. */
const AGGREGATES_PER_QUESTION = 20_000;
const BUCKETS_PER_QUESTION = 256;

/** From the digest of all to those of the buckets, and only where these differ to the aggregates. */
export async function lookAt(held: HeldStates): Promise<Look> {
  const digests = await digestsOf(held);
  const [first] = digests;
  const differing = (first?.buckets ?? []).flatMap((bucket, i) =>
    digests.every((region) => region.buckets[i]?.digest === bucket.digest) ? [] : [i],
  );
  const differences: Difference[] = [];
  for await (const one of statesIn(held, digests, differing)) if (!isEqual(one)) differences.push(one);
  return { digests, differences };
}

/** Every aggregate that any region holds, equal or not. */
export async function lookAtAll(held: HeldStates): Promise<Difference[]> {
  const digests = await digestsOf(held);
  const everyBucket = digests[0]?.buckets.map((_, i) => i) ?? [];
  const all: Difference[] = [];
  for await (const one of statesIn(held, digests, everyBucket)) all.push(one);
  return all;
}

export function isEqual({ states }: Difference): boolean {
  return new Set(Object.values(states).map((state) => state?.digest)).size === 1;
}

function digestsOf({ regions, buckets }: HeldStates): Promise<RegionDigest[]> {
  return Promise.all(regions.map(async (region) => ({ region, ...(await buckets(region)) })));
}

async function* statesIn(
  { regions, aggregates }: HeldStates,
  digests: readonly RegionDigest[],
  buckets: readonly number[],
): AsyncGenerator<Difference> {
  const sizeOf = (bucket: number) => Math.max(...digests.map((region) => region.buckets[bucket]?.aggregates ?? 0));
  for (const some of inQuestions(buckets, sizeOf)) {
    const answers = await Promise.all(regions.map((region) => aggregates(region, some)));
    const byId = new Map<string, Record<RegionId, StateOf>>();
    for (const [i, region] of regions.entries())
      for (const { id, digest, hlc } of answers[i] ?? []) {
        const states = byId.get(id) ?? Object.fromEntries(regions.map((each) => [each, null]));
        states[region] = { digest, hlc };
        byId.set(id, states);
      }
    for (const [id, states] of byId) yield { id, states };
  }
}

function* inQuestions(buckets: readonly number[], sizeOf: (bucket: number) => number): Generator<number[]> {
  let some: number[] = [];
  let size = 0;
  for (const bucket of buckets) {
    const isFull = some.length === BUCKETS_PER_QUESTION || size + sizeOf(bucket) > AGGREGATES_PER_QUESTION;
    if (some.length > 0 && isFull) {
      yield some;
      some = [];
      size = 0;
    }
    some.push(bucket);
    size += sizeOf(bucket);
  }
  if (some.length > 0) yield some;
}
