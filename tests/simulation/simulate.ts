import { parseArgs } from 'node:util';
import { MUTANTS } from './src/mutants.ts';
import { SOUND_RULES } from './src/rules.ts';
import { explain } from './src/run/explain.ts';
import { runSchedule } from './src/run/run-schedule.ts';
import { drawSchedule } from './src/world/schedule.ts';

/**
 * `npm run simulate -- --seed 7`: one schedule again, and what is wrong with it, shrunk. `--seeds 10000` plays as many,
 * `--from` the first of them, until one fails. `--mutant <name>` breaks a rule first; `--mutant list` names them.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '2000' },
    from: { type: 'string', default: '1' },
    mutant: { type: 'string' },
  },
});

const mutant = MUTANTS.find(({ name }) => name === values.mutant);
if (values.mutant && !mutant) {
  console.log(MUTANTS.map(({ name }) => name).join('\n'));
  process.exit(values.mutant === 'list' ? 0 : 2);
}
const rules = mutant?.rules ?? (() => SOUND_RULES);

if (values.seed !== undefined) {
  const seed = Number(values.seed);
  console.log(explain(seed, rules, mutant?.name));
  process.exit(runSchedule(seed, drawSchedule(seed), { rules: rules() }).finding ? 1 : 0);
}

const first = Number(values.from);
const count = Number(values.seeds);
const startedMs = performance.now();
let steps = 0;
for (let seed = first; seed < first + count; seed += 1) {
  const run = runSchedule(seed, drawSchedule(seed), { rules: rules() });
  steps += run.steps;
  if (!run.finding) continue;
  console.log(explain(seed, rules, mutant?.name));
  process.exit(1);
}
const seconds = (performance.now() - startedMs) / 1000;
console.log(`${count} schedules, ${steps} steps, ${seconds.toFixed(1)} s: nothing is wrong.`);
