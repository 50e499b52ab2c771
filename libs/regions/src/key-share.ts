/**
 * Where a key stands between 0 and 1 for a region; it stays there while the region's share is greater. The same key
 * stands at the same place wherever that is asked, so that a retry and the next request of a session go the same way;
 * and at another place for another region, so that what one region gives away is spread as evenly over the next ones.
 * A share that grows draws keys in and sends none away.
 *
 * FNV-1a over the UTF-16 units, finished as MurmurHash3 is: FNV alone leaves the last characters in the low bits.
 */
export function keyShare(key: string, region: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < region.length; i += 1) hash = Math.imul(hash ^ region.charCodeAt(i), 0x01000193);
  for (let i = 0; i < key.length; i += 1) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000;
}
