import { createHash, createHmac } from 'node:crypto';
import type { RegionId } from '@meridian/regions';

/**
 * What stands for an address wherever a claim of it goes: equal for two spellings that reach one mailbox in practice
 * (case, Unicode form), and useless without the key. A plain hash would not do: addresses can be guessed and hashed.
 */
export function emailDigest(key: string, email: string): string {
  return createHmac('sha256', key).update(email.trim().normalize('NFKC').toLowerCase()).digest('hex');
}

/**
 * The region that decides about an address: the one that weighs most with it (rendezvous hashing; Thaler and Ravishankar
 * 1998). Every region computes the same one and asks nobody; with another list of regions only the addresses whose region
 * came or went have another one.
 */
export function claimRegionOf(digest: string, regions: readonly RegionId[]): RegionId {
  const weigh = (region: RegionId) => createHash('sha256').update(`${region} ${digest}`).digest('hex');
  const [heaviest] = regions.toSorted((a, b) => (weigh(a) < weigh(b) ? 1 : -1));
  if (heaviest === undefined) throw new Error('Without a region nobody decides about an address.');
  return heaviest;
}
