import type { Benchmark, BenchRun } from '../benchmark.ts';
import { compareEngines, figureOfEach, OURS, PEER } from './compare-engines.ts';
import { drain, PARTITIONS } from './drain-backlog.ts';
import { NEAR } from './replication-stage.ts';

const RECORDS = { quick: 40_000, full: 500_000 };

export const replicatorDrain: Benchmark = {
  name: 'replicator-drain',
  measures: `A backlog of ${RECORDS.full.toLocaleString('en-GB')} records (quick: ${RECORDS.quick.toLocaleString('en-GB')}) of 1 KiB in ${PARTITIONS} partitions, copied from one broker to another without a WAN between: records/s from the first that arrives to the last, CPU and memory of the replicator with its children, and the time from its start to the first record.`,
  peers: [
    `\`${OURS}\`: the first of \`--engines\``,
    `\`${PEER}\` and every other engine of \`--engines\`, each in a replicator of its own`,
  ],
  limit: {
    figure: 'every engine, bytes stored ÷ payload',
    atLeast: 1,
    why: 'random bytes cannot be stored in fewer; a copy that is smaller is not one',
  },
  goals: [
    { figure: `${OURS} ÷ ${PEER}, records/s`, atLeast: 5 },
    { figure: `${OURS} ÷ ${PEER}, CPU s per million`, atMost: 0.1 },
    { figure: `${OURS} ÷ ${PEER}, memory`, atMost: 0.3 },
    { figure: `${OURS}, first record`, atMost: 0.5 },
  ],
  was: 'When the stack was chosen (2 shared cores): kafkajs 41,958 records/s, 20 CPU s per million, 329 MB; MirrorMaker 2 43,901, 30, 724; a pass-through prototype 325,223, 1.4, 159.',
  on: 'alone',

  async run(run: BenchRun) {
    const { samples, absent } = await compareEngines(run, { profile: undefined, from: NEAR }, (stage, engine) =>
      drain(stage, engine, RECORDS[run.scale]),
    );
    const all = Object.values(samples).flat();
    return {
      figures: Object.fromEntries([
        ...figureOfEach(samples, 'records/s', '/s', (s) => s.perSecond),
        ...figureOfEach(samples, 'CPU s per million', 's', (s) => s.cpuSPerMillion),
        ...figureOfEach(samples, 'memory', 'MB', (s) => s.memoryMb),
        ...figureOfEach(samples, 'first record', 's', (s) => s.firstS),
        ['every engine, bytes stored ÷ payload', { unit: '×', samples: all.map((s) => s.stored) }],
      ]),
      absent,
    };
  },
};
