import { afterAll, describe, expect, it } from 'vitest';
import { simulationConfig } from './simulation.config.ts';
import { EPOCH_MUTANTS } from './src/epochs/epoch-mutants.ts';
import { drawEpochSchedule, type EpochSchedule } from './src/epochs/epoch-schedule.ts';
import { runEpochs } from './src/epochs/epoch-world.ts';

const { seeds, seed } = simulationConfig;
/** A schedule takes a tenth of a millisecond, so there are more of them than of the whole world's. */
const SCHEDULES = seeds * 10;
/** Within so many each mutant must be caught; the table tells how many it took. */
const MAX_SCHEDULES = 5_000;

const explain = (one: number, what: string) =>
  `${what}\nSEED=${one} npx vitest run --project simulation tests/simulation/epochs\n${JSON.stringify(drawEpochSchedule(one), null, 1)}`;

describe('an epoch decided by a majority of regions', () => {
  it('has one winner, none by a minority, for good, and gets one after the heal, in every schedule', {
    timeout: 600_000,
  }, () => {
    const chosen = seed === undefined ? Array.from({ length: SCHEDULES }, (_, i) => i + 1) : [seed];
    const startedMs = performance.now();
    const sum = { steps: 0, epochs: 0, outbid: 0, superseded: 0, hundreds: 0, undecided: 0 };
    for (const one of chosen) {
      const schedule = drawEpochSchedule(one);
      const run = runEpochs(one, schedule);
      if (run.finding) expect.fail(explain(one, run.finding.message));
      sum.steps += run.steps;
      sum.epochs += run.epochs;
      sum.outbid += run.outbid;
      sum.superseded += run.superseded;
      if (schedule.proposals.length === 100) sum.hundreds += 1;
      if (run.epochs === 0) sum.undecided += 1;
    }
    const seconds = (performance.now() - startedMs) / 1000;
    console.log(`${chosen.length} schedules of epochs in ${seconds.toFixed(1)} s: ${JSON.stringify(sum)}`);
    if (seed !== undefined) return;
    // What the schedules are there for came up.
    expect(sum.hundreds).toBeGreaterThan(10);
    expect(sum.outbid).toBeGreaterThan(SCHEDULES / 10);
    expect(sum.superseded).toBeGreaterThan(SCHEDULES);
  });

  it('is the same run for the same seed', () => {
    expect(runEpochs(7, drawEpochSchedule(7))).toEqual(runEpochs(7, drawEpochSchedule(7)));
  });

  it('is not decided while nobody reaches a majority, and is once they do', () => {
    const regions = ['us-east', 'eu-west', 'ap-southeast'];
    const alone = regions.map((region) => ({ kind: 'cut', regions: [region], atMs: 0, forMs: 30_000 }) as const);
    const calm = { loss: 0, duplication: 0, delayMs: 50, lateMs: 0, lateness: 0, healedMs: 0 };
    const proposals = regions.map((region) => ({ region, atMs: 100 }));
    const schedule: EpochSchedule = { ...calm, regions, proposals, faults: alone };
    const run = runEpochs(1, schedule);
    expect(run).toMatchObject({ finding: undefined, epochs: 1, superseded: 2 });
    const forEver = alone.map((cut) => ({ ...cut, forMs: 10_000_000 }));
    expect(runEpochs(1, { ...schedule, faults: forEver })).toMatchObject({
      epochs: 0,
      finding: { invariant: 'it ends after the heal' },
    });
  });
});

const table: { mutant: string; by: string; schedules: number }[] = [];

it.each(EPOCH_MUTANTS)(
  'a protocol with this mistake is caught: $name',
  {
    timeout: 120_000,
  },
  ({ name, caughtBy, mistakes }) => {
    for (let one = 1; one <= MAX_SCHEDULES; one += 1) {
      const { finding } = runEpochs(one, drawEpochSchedule(one), mistakes);
      if (!finding || !caughtBy.includes(finding.invariant)) continue;
      table.push({ mutant: name, by: finding.invariant, schedules: one });
      return;
    }
    expect.fail(`${MAX_SCHEDULES} schedules ran without ${caughtBy.join(' or ')} noticing it`);
  },
);

afterAll(() => {
  const line = ({ mutant, by, schedules }: (typeof table)[number]) =>
    `${mutant.padEnd(62)}  ${by.padEnd(26)}  ${String(schedules).padStart(4)}`;
  console.log(['mutant, what caught it, in how many schedules', ...table.map(line)].join('\n'));
});
