import type { Benchmark, BenchRun, Figure } from '../benchmark.ts';
import { ratios } from '../statistics.ts';
import { compareEngines, figureOfEach, OURS, PEER } from './compare-engines.ts';
import { type Drained, drain, RECORD_BYTES } from './drain-backlog.ts';
import { linkRttMs } from './replication-stage.ts';

const RECORDS = { quick: 20_000, full: 200_000 };
const PROFILE = 'aws-2022';
/** What a link lets through in a second, as its profile says; the floor of any time it takes. */
const LINK_BYTES_PER_SECOND = (1_000 * 1_000_000) / 8;

export const replicatorWan: Benchmark = {
  name: 'replicator-wan',
  measures: `A backlog of ${RECORDS.full.toLocaleString('en-GB')} records (quick: ${RECORDS.quick.toLocaleString('en-GB')}) of 1 KiB, as in \`replicator-drain\`, over a link with a round trip of ${linkRttMs(PROFILE)} ms, and over the same link without delay.`,
  peers: [
    `\`${OURS}\`: the first of \`--engines\``,
    `\`${PEER}\` and every other engine of \`--engines\``,
    'the same engine over the link without delay',
  ],
  limit: {
    figure: 'every engine, bytes/s ÷ the bandwidth of the link',
    atMost: 1,
    why: `the link lets ${LINK_BYTES_PER_SECOND / 1e6} MB/s through in one direction`,
  },
  goals: [
    {
      figure: `${OURS}, with delay ÷ without`,
      atLeast: 0.8,
      why: 'a backlog is to be limited by work and not by waiting',
    },
    { figure: `${OURS} ÷ ${PEER}, records/s`, atLeast: 1 },
  ],
  was: 'Not measured.',
  on: 'alone',
  slow: true,

  async run(run: BenchRun) {
    const measure = (profile: string) =>
      compareEngines(run, profile, (stage, engine) => drain(stage, engine, RECORDS[run.scale]));
    const { samples, absent } = await measure(PROFILE);
    const { samples: undelayed } = await measure('none');
    const perSecond = (list: Drained[] | undefined) => (list ?? []).map((s) => s.perSecond);
    const ours = run.engines[0] as string;
    const share = Object.values(samples)
      .flat()
      .map((s) => (s.perSecond * RECORD_BYTES) / LINK_BYTES_PER_SECOND);
    const withDelay: Figure = {
      unit: '×',
      samples: ratios(perSecond(samples[ours]), perSecond(undelayed[ours])),
    };
    return {
      figures: Object.fromEntries([
        [`${OURS}, with delay ÷ without`, withDelay],
        ...figureOfEach(samples, 'records/s', '/s', (s) => s.perSecond),
        [`${OURS}, records/s without delay`, { unit: '/s', samples: perSecond(undelayed[ours]) }],
        ...figureOfEach(samples, 'memory', 'MB', (s) => s.memoryMb),
        ['every engine, bytes/s ÷ the bandwidth of the link', { unit: '×', samples: share }],
      ]),
      absent,
    };
  },
};
