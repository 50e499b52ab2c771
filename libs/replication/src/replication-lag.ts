import type { LagResponse } from '@meridian/contracts';

/** As many as tell a p99 apart from a maximum, and few enough to forget an outage once it is over. */
const EVENTS_KEPT = 2_000;

/** How old a change of another region was when it was applied here, in ms, over the last events of each origin. */
export class ReplicationLag {
  private readonly rings = new Map<string, { lagsMs: number[]; next: number }>();

  record(originRegion: string, lagMs: number): void {
    const ring = this.rings.get(originRegion) ?? { lagsMs: [], next: 0 };
    this.rings.set(originRegion, ring);
    ring.lagsMs[ring.next] = lagMs;
    ring.next = (ring.next + 1) % EVENTS_KEPT;
  }

  figures(): LagResponse['byOrigin'] {
    return Object.fromEntries([...this.rings].map(([origin, { lagsMs }]) => [origin, figuresOf(lagsMs)]));
  }
}

function figuresOf(lagsMs: number[]): LagResponse['byOrigin'][string] {
  const sorted = lagsMs.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
  return { count: sorted.length, minMs: at(0), p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}
