import { atService, pause, regions } from '@meridian/test-harness';
import { edgeStatus } from '../control/known-to-all.ts';
import type { DaySample } from './hand-over-times.ts';
import { type HandOver, writeGaps } from './write-gaps.ts';

const EVERY_MS = 20;

/**
 * Asks the order service of every region whether it takes writes, and all by which epoch they go, again and again until
 * stopped. Calls `onHandOver` as soon as a next primary is seen to take writes, and goes on meanwhile.
 */
export function watchWriters<Seen>(onHandOver: (handOver: HandOver) => Promise<Seen>): {
  samples: DaySample[];
  stop(): Promise<Seen[]>;
} {
  const samples: DaySample[] = [];
  const seen: Promise<Seen>[] = [];
  let isStopped = false;
  const watching = (async () => {
    while (!isStopped) {
      const [edge, ...answers] = await Promise.all([
        edgeStatus().catch(() => undefined),
        ...regions.map((region) => atService(region, 'order', '/epoch').catch(() => undefined)),
      ]);
      samples.push({
        atMs: performance.now(),
        writers: regions.filter((_, i) => answers[i]?.body?.takesWrites),
        epoch: Math.max(0, ...answers.map((answer) => answer?.body?.epoch ?? 0)),
        edgeEpoch: edge?.table.epoch ?? 0,
      });
      for (const handOver of writeGaps(samples).slice(seen.length)) {
        const seeing = onHandOver(handOver);
        // Awaited when it is stopped, and not before.
        seeing.catch(() => undefined);
        seen.push(seeing);
      }
      await pause(EVERY_MS);
    }
  })();
  return {
    samples,
    async stop() {
      isStopped = true;
      await watching;
      return Promise.all(seen);
    },
  };
}
