import { randomUUID } from 'node:crypto';
import type { RegionId } from '@meridian/regions';
import { rename } from '../zombie/held-writes.ts';

/** A write that a client sent straight to a region. Times of `performance.now()`. */
export interface SentWrite {
  at: RegionId;
  endedAtMs: number;
  /** `ok`, or what it was told instead. */
  answer: string;
}

const EVERY_MS = 20;

/** One client a region, each of which writes there again and again, whatever it is told. */
export function writeUntilStopped(at: readonly RegionId[], sku: string) {
  const writes: SentWrite[] = [];
  let isStopped = false;
  const clients = at.map(async (region) => {
    while (!isStopped) {
      const answer = await rename(region, sku, `by ${region} ${randomUUID()}`);
      writes.push({ at: region, endedAtMs: performance.now(), answer });
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  });
  return {
    writes,
    async stop(): Promise<SentWrite[]> {
      isStopped = true;
      await Promise.all(clients);
      return writes;
    },
  };
}
