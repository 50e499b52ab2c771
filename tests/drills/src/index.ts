/** For the benchmarks, which take their figures of a heal, an evacuation and a loss from the drills that make them. */
export { concurrentEdits } from './concurrent-edits/concurrent-edits.drill.ts';
export type { Drill } from './drill.ts';
export { evacuateUnderLoad } from './evacuate-under-load/evacuate-under-load.drill.ts';
export { killRegion } from './lose-region/kill-region.drill.ts';
export { type DrillResult, runDrill } from './run-drill.ts';
