import { randomBytes } from 'node:crypto';
import type { Benchmark, BenchRun } from '../benchmark.ts';
import { quantile } from '../statistics.ts';
import { compareEngines, figureOfEach, OURS, PEER } from './compare-engines.ts';
import { NEAR } from './replication-stage.ts';
import { sendAndRead } from './send-and-read.ts';

const PER_SECOND = 1_000;
const SECONDS = { quick: 2, full: 15 };
const VALUE = randomBytes(512).toString('hex');

export const replicatorLag: Benchmark = {
  name: 'replicator-lag',
  measures: `Records of 1 KiB at ${PER_SECOND}/s in an open loop, from when each was due at the origin until a consumer in the other region has it; the link is there and has no delay.`,
  peers: [`\`${OURS}\`: the first of \`--engines\``, `\`${PEER}\` and every other engine of \`--engines\``],
  limit: {
    figure: 'every engine, least lag',
    atLeast: 0,
    why: 'nothing can be read before it was due to be sent',
  },
  goals: [
    { figure: `${OURS}, lag p50`, atMost: 3 },
    { figure: `${OURS}, lag p99`, atMost: 20 },
    { figure: `${OURS} ÷ ${PEER}, lag p50`, atMost: 1 },
    { figure: `${OURS} ÷ ${PEER}, lag p99`, atMost: 1 },
  ],
  was: 'When the stack was chosen, without a link: kafkajs 4.2 / 28 to 38 ms, MirrorMaker 2 8.9 / 211 ms, a pass-through prototype 2.2 / 7 to 16 ms.',
  on: 'alone',

  async run(run: BenchRun) {
    const load = { perSecond: PER_SECOND, forMs: SECONDS[run.scale] * 1_000 };
    const { samples, absent } = await compareEngines(run, { profile: 'none', from: NEAR }, async (stage, engine) => {
      const record = (n: number) => ({ key: `key-${n}`, value: VALUE });
      const { lagsMs } = await sendAndRead(stage, engine, { ...load, record });
      return { leastMs: Math.min(...lagsMs), p50Ms: quantile(lagsMs, 0.5), p99Ms: quantile(lagsMs, 0.99) };
    });
    const all = Object.values(samples).flat();
    return {
      figures: Object.fromEntries([
        ...figureOfEach(samples, 'lag p50', 'ms', (s) => s.p50Ms),
        ...figureOfEach(samples, 'lag p99', 'ms', (s) => s.p99Ms),
        ['every engine, least lag', { unit: 'ms', samples: all.map((s) => s.leastMs) }],
      ]),
      absent,
    };
  },
};
