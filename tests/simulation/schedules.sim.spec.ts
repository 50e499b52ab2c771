import { expect, test } from 'vitest';
import { simulationConfig } from './simulation.config.ts';
import { SITUATIONS } from './src/observation.ts';
import { SOUND_RULES } from './src/rules.ts';
import { explain } from './src/run/explain.ts';
import { runSchedule } from './src/run/run-schedule.ts';
import { countSituations } from './src/run/situations.ts';
import { drawSchedule } from './src/world/schedule.ts';

const { seeds, seed } = simulationConfig;
const AN_HOUR_MS = 3_600_000;
const situations = countSituations();

test('every invariant holds at every step and at rest, whatever is broken meanwhile', { timeout: AN_HOUR_MS }, () => {
  const chosen = seed === undefined ? Array.from({ length: seeds }, (_, i) => i + 1) : [seed];
  const startedMs = performance.now();
  let steps = 0;
  let virtualMs = 0;
  for (const one of chosen) {
    situations.next();
    const run = runSchedule(one, drawSchedule(one), { onObserved: (_, seen) => situations.observe(seen) });
    steps += run.steps;
    virtualMs += run.virtualMs;
    if (run.finding) expect.fail(explain(one, () => SOUND_RULES));
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const hours = virtualMs / AN_HOUR_MS;
  console.log(
    [
      `${chosen.length} schedules, ${steps} steps, ${hours.toFixed(1)} hours of virtual time in ${seconds.toFixed(1)} s`,
      ...SITUATIONS.map((situation) => `  ${situation}, ${situations.counts.get(situation) ?? 0} times`),
    ].join('\n'),
  );
});

test.skipIf(seed !== undefined)('in these schedules everything came up that the rules are there for', () => {
  expect(SITUATIONS.filter((situation) => !situations.counts.has(situation))).toEqual([]);
});
