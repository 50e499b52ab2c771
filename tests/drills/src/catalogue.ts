import { autoFailover } from './auto-failover/auto-failover.drill.ts';
import { concurrentEdits } from './concurrent-edits/concurrent-edits.drill.ts';
import type { Drill } from './drill.ts';
import { evacuateUnderLoad } from './evacuate-under-load/evacuate-under-load.drill.ts';
import { evacuateWarmOrCold } from './evacuate-warm-or-cold/evacuate-warm-or-cold.drill.ts';
import { failbackUnderLoad } from './failback-under-load/failback-under-load.drill.ts';
import { flappingLink } from './flapping-link/flapping-link.drill.ts';
import { followTheSun } from './follow-the-sun/follow-the-sun.drill.ts';
import { blackHoleRegion } from './lose-region/black-hole-region.drill.ts';
import { controlDown } from './lose-region/control-down.drill.ts';
import { killActivePassive } from './lose-region/kill-active-passive.drill.ts';
import { killFollowTheSun } from './lose-region/kill-follow-the-sun.drill.ts';
import { killRegion } from './lose-region/kill-region.drill.ts';
import { lossDuringFailover } from './loss-during-failover/loss-during-failover.drill.ts';
import { oversellRush } from './oversell-rush/oversell-rush.drill.ts';
import { paidAndCancelled } from './paid-and-cancelled/paid-and-cancelled.drill.ts';
import { pilotLight } from './pilot-light/pilot-light.drill.ts';
import { rebuildRegion } from './rebuild-region/rebuild-region.drill.ts';
import { replayFromZeroDrill } from './replay-from-zero/replay-from-zero.drill.ts';
import { sameKey } from './same-key/same-key.drill.ts';
import { sessionGuarantees } from './session-guarantees/session-guarantees.drill.ts';
import { splitBrain } from './split-brain/split-brain.drill.ts';
import { zombie } from './zombie/zombie.drill.ts';

/** Every drill, in the order in which `npm run drills` runs them. */
export const DRILLS: readonly Drill[] = [
  oversellRush,
  sameKey,
  concurrentEdits,
  paidAndCancelled,
  sessionGuarantees,
  flappingLink,
  replayFromZeroDrill,
  rebuildRegion,
  splitBrain,
  zombie,
  evacuateUnderLoad,
  followTheSun,
  evacuateWarmOrCold,
  failbackUnderLoad,
  killRegion,
  killActivePassive,
  pilotLight,
  killFollowTheSun,
  controlDown,
  blackHoleRegion,
  autoFailover,
  lossDuringFailover,
];
