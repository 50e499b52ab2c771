import { pause } from '@meridian/test-harness';
import { edgeStatus } from '../control/known-to-all.ts';
import type { AttemptCount } from './most-attempts.ts';

const EVERY_MS = 100;

/**
 * Counts the requests that the edge sends to services, again and again until stopped: each try of a client's request, in
 * whatever region, as the edge itself says. Not counted are calls among services, each of which is made twice at most.
 */
export function watchAttempts(): { stop(): Promise<AttemptCount[]> } {
  const counts: AttemptCount[] = [];
  let isStopped = false;
  const watching = (async () => {
    while (!isStopped) {
      const status = await edgeStatus().catch(() => undefined);
      const services: { requests: number }[] = status?.regions.flatMap((r: { services: unknown }) => r.services) ?? [];
      const sent = services.reduce((sum, s) => sum + s.requests, 0);
      if (status) counts.push({ atMs: performance.now(), sent, repeated: status.retries.made });
      await pause(EVERY_MS);
    }
  })();
  return {
    async stop() {
      isStopped = true;
      await watching;
      return counts;
    },
  };
}
