import { concurrentEdits } from './concurrent-edits/concurrent-edits.drill.ts';
import type { Drill } from './drill.ts';

/** Every drill, in the order in which `npm run drills` runs them. */
export const DRILLS: readonly Drill[] = [concurrentEdits];
