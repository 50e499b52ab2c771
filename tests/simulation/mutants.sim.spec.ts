import { afterAll, expect, test } from 'vitest';
import { MUTANTS } from './src/mutants.ts';
import { runSchedule } from './src/run/run-schedule.ts';
import { drawSchedule } from './src/world/schedule.ts';

/** Within so many schedules each must be caught; the table tells how many it took. */
const MAX_SEEDS = 1_000;
const table: { mutant: string; 'caught by': string; schedules: number; what: string }[] = [];

test.each(MUTANTS)('a system with this mistake is caught: $name', { timeout: 60_000 }, ({ name, caughtBy, rules }) => {
  for (let seed = 1; seed <= MAX_SEEDS; seed += 1) {
    const { finding } = runSchedule(seed, drawSchedule(seed), { rules: rules() });
    if (!caughtBy.some((invariant) => finding?.invariant.startsWith(`${invariant} `)) || !finding) continue;
    table.push({ mutant: name, 'caught by': finding.invariant, schedules: seed, what: finding.what });
    return;
  }
  expect.fail(`${MAX_SEEDS} schedules ran without ${caughtBy.join(' or ')} noticing it`);
});

afterAll(() => {
  const widest = (column: 'mutant' | 'caught by') => Math.max(...table.map((row) => row[column].length));
  const line = (row: (typeof table)[number]) =>
    `${row.mutant.padEnd(widest('mutant'))}  ${row['caught by'].padEnd(widest('caught by'))}  ${String(row.schedules).padStart(4)}`;
  console.log(['mutant, what caught it, in how many schedules', ...table.map(line)].join('\n'));
});
