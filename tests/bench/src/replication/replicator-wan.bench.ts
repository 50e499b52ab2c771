import type { RegionId } from '@meridian/regions';
import type { Benchmark, BenchRun, Figure } from '../benchmark.ts';
import { ratios } from '../statistics.ts';
import { figureOfEach, measureLanes, OURS, PEER, peerIsAbsent } from './compare-engines.ts';
import { type Drained, drain, RECORD_BYTES } from './drain-backlog.ts';
import { FAR, LINK_MBPS, linkRttMs, NEAR, PROFILE, WITHOUT_DELAY } from './replication-stage.ts';

const RECORDS = { quick: 20_000, full: 200_000 };
const NEAR_MS = linkRttMs(NEAR);
const FAR_MS = linkRttMs(FAR);
/** What a link lets through in a second, as its profile says; the floor of any time it takes. */
const LINK_BYTES_PER_SECOND = (LINK_MBPS * 1_000_000) / 8;

export const replicatorWan: Benchmark = {
  name: 'replicator-wan',
  measures: `A backlog of ${RECORDS.full.toLocaleString('en-GB')} records (quick: ${RECORDS.quick.toLocaleString('en-GB')}) of 1 KiB, as in \`replicator-drain\`, over links with a round trip of ${NEAR_MS} and of ${FAR_MS} ms, and over a link of the same bandwidth without delay.`,
  peers: [
    `\`${OURS}\`: the first of \`--engines\``,
    `\`${PEER}\` and every other engine of \`--engines\``,
    'the first engine over a link without delay',
  ],
  limit: {
    figure: 'every engine, bytes/s ÷ the bandwidth of the link',
    atMost: 1,
    why: `the link lets ${LINK_BYTES_PER_SECOND / 1e6} MB/s through in one direction`,
  },
  goals: [
    ...[NEAR_MS, FAR_MS].map((ms) => ({
      figure: `${OURS}, at ${ms} ms ÷ without delay`,
      atLeast: 0.8,
      why: 'a backlog is to be limited by work and not by waiting',
    })),
    ...[NEAR_MS, FAR_MS].map((ms) => ({ figure: `${OURS} ÷ ${PEER}, records/s at ${ms} ms`, atLeast: 1 })),
  ],
  was: 'Not measured.',
  on: 'alone',
  slow: true,

  async run(run: BenchRun) {
    const ours = run.engines[0] as string;
    const over = (ms: number, from: RegionId) =>
      run.engines.map((engine) => [`${engine} at ${ms} ms`, { engine, profile: PROFILE, from }] as const);
    const undelayed = `${ours} without delay`;
    const samples = await measureLanes(
      run,
      Object.fromEntries([
        ...over(NEAR_MS, NEAR),
        ...over(FAR_MS, FAR),
        [undelayed, { engine: ours, profile: WITHOUT_DELAY, from: NEAR }],
      ]),
      (stage, engine) => drain(stage, engine, RECORDS[run.scale]),
    );
    const ofEach = (ms: number) =>
      Object.fromEntries(run.engines.map((engine) => [engine, samples[`${engine} at ${ms} ms`] ?? []]));
    const perSecond = (list: Drained[] = []) => list.map((s) => s.perSecond);
    const withDelay = (ms: number): [string, Figure] => [
      `${OURS}, at ${ms} ms ÷ without delay`,
      { unit: '×', samples: ratios(perSecond(ofEach(ms)[ours]), perSecond(samples[undelayed])) },
    ];
    const share = Object.values(samples)
      .flat()
      .map((s) => (s.perSecond * RECORD_BYTES) / LINK_BYTES_PER_SECOND);
    return {
      figures: Object.fromEntries([
        ...[NEAR_MS, FAR_MS].map(withDelay),
        ...[NEAR_MS, FAR_MS].flatMap((ms) =>
          figureOfEach(ofEach(ms), `records/s at ${ms} ms`, '/s', (s) => s.perSecond),
        ),
        [`${OURS}, records/s without delay`, { unit: '/s', samples: perSecond(samples[undelayed]) }],
        ...figureOfEach(ofEach(FAR_MS), `memory at ${FAR_MS} ms`, 'MB', (s) => s.memoryMb),
        ['every engine, bytes/s ÷ the bandwidth of the link', { unit: '×', samples: share }],
      ]),
      absent: peerIsAbsent(run),
    };
  },
};
