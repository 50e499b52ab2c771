import { concurrentEdits } from './concurrent-edits/concurrent-edits.drill.ts';
import type { Drill } from './drill.ts';
import { flappingLink } from './flapping-link/flapping-link.drill.ts';
import { replayFromZeroDrill } from './replay-from-zero/replay-from-zero.drill.ts';

/** Every drill, in the order in which `npm run drills` runs them. */
export const DRILLS: readonly Drill[] = [concurrentEdits, flappingLink, replayFromZeroDrill];
