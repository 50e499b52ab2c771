import { atService, regions } from '@meridian/test-harness';
import type { WriterSample } from './write-gaps.ts';

const EVERY_MS = 20;

/** Asks the order service of every region whether it takes writes, again and again until stopped. */
export function watchWriters(): { samples: WriterSample[]; stop(): Promise<void> } {
  const samples: WriterSample[] = [];
  let isStopped = false;
  const watching = (async () => {
    while (!isStopped) {
      const answers = await Promise.all(
        regions.map((region) => atService(region, 'order', '/epoch').catch(() => undefined)),
      );
      samples.push({ atMs: performance.now(), writers: regions.filter((_, i) => answers[i]?.body?.takesWrites) });
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  })();
  return {
    samples,
    async stop() {
      isStopped = true;
      await watching;
    },
  };
}
