import { REPLICATION_ENGINES } from '@meridian/contracts';

const EXACTLY_ONCE = '-exactly-once';

/** What is tested: every engine that there is. Exactly once is a setting of MirrorMaker's, which the suite takes for one of its own. */
export const ENGINES: readonly string[] = [...REPLICATION_ENGINES, `mirrormaker2${EXACTLY_ONCE}`];

/** The engine as the replicator is told of it, and whether with MirrorMaker's setting. */
export function engineOf(tested: string): { name: string; exactlyOnce: boolean } {
  const exactlyOnce = tested.endsWith(EXACTLY_ONCE);
  return { name: exactlyOnce ? tested.slice(0, -EXACTLY_ONCE.length) : tested, exactlyOnce };
}
