import { expect, test } from 'vitest';
import { simulationConfig } from './simulation.config.ts';
import { SOUND_RULES } from './src/rules.ts';
import { explain } from './src/run/explain.ts';
import { runSchedule } from './src/run/run-schedule.ts';
import { drawSchedule } from './src/world/schedule.ts';

const { seeds, seed } = simulationConfig;
const TEN_MINUTES_MS = 600_000;

test('every invariant holds at every step and at rest, whatever is broken meanwhile', {
  timeout: TEN_MINUTES_MS,
}, () => {
  const chosen = seed === undefined ? Array.from({ length: seeds }, (_, i) => i + 1) : [seed];
  const startedMs = performance.now();
  let steps = 0;
  let virtualMs = 0;
  for (const one of chosen) {
    const run = runSchedule(one, drawSchedule(one));
    steps += run.steps;
    virtualMs += run.virtualMs;
    if (run.finding) expect.fail(explain(one, () => SOUND_RULES));
  }
  const seconds = (performance.now() - startedMs) / 1000;
  console.log(
    `${chosen.length} schedules, ${steps} steps, ${(virtualMs / 3_600_000).toFixed(1)} hours of virtual time ` +
      `in ${seconds.toFixed(1)} s`,
  );
});
