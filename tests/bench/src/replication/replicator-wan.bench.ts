import type { RegionId } from '@meridian/regions';
import type { Benchmark, BenchRun, Figure } from '../benchmark.ts';
import { ratios } from '../statistics.ts';
import { mostWithin, watchingLink } from './bytes-in-flight.ts';
import { figureOfEach, type Lane, measureLanes, OURS, PEER, peerIsAbsent } from './compare-engines.ts';
import { type Drained, drain, RECORD_BYTES } from './drain-backlog.ts';
import { FAR, LINK_MBPS, linkRttMs, NEAR, PROFILE, type ReplicationStage, WITHOUT_DELAY } from './replication-stage.ts';

const RECORDS = { quick: 20_000, full: 200_000 };
const NEAR_MS = linkRttMs(NEAR);
const FAR_MS = linkRttMs(FAR);
/** What a link lets through in a second, as its profile says; the floor of any time it takes. */
const LINK_BYTES_PER_SECOND = (LINK_MBPS * 1_000_000) / 8;

interface LinkLane extends Lane {
  rttMs: number;
}

interface OverLink extends Drained {
  /** The most that crossed the link within one round trip; not a number without delay, where there is no such thing. */
  inFlightBytes: number;
  /** As many records as that is every round trip; a record is what it and its share of everything else take on the link. */
  inFlightPerSecond: number;
}

const ofWhatIsPossible = (ms: number) => `${OURS}, at ${ms} ms ÷ min(rate without delay, bytes in flight ÷ round trip)`;

export const replicatorWan: Benchmark = {
  name: 'replicator-wan',
  measures: `A backlog of ${RECORDS.full.toLocaleString('en-GB')} records (quick: ${RECORDS.quick.toLocaleString('en-GB')}) of 1 KiB, as in \`replicator-drain\`, over links with a round trip of ${NEAR_MS} and of ${FAR_MS} ms, and over a link of the same bandwidth without delay. What is in flight is what crossed the link within one round trip, at most: what an engine that waits for its answers has asked for at once. Every round trip as much is all that it can get; so its rate is held against that or against its rate without delay, whichever is less. One that is slow without a pause would keep to that; that it is slow is for the goal beside the other engine to say.`,
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
    ...[NEAR_MS, FAR_MS].map((ms) => ({ figure: ofWhatIsPossible(ms), atLeast: 0.8 })),
    ...[NEAR_MS, FAR_MS].map((ms) => ({ figure: `${OURS} ÷ ${PEER}, records/s at ${ms} ms`, atLeast: 1 })),
  ],
  was: 'Not measured.',
  on: 'alone',

  async run(run: BenchRun) {
    const ours = run.engines[0] as string;
    const over = (ms: number, from: RegionId) =>
      run.engines.map((engine) => [`${engine} at ${ms} ms`, { engine, profile: PROFILE, from, rttMs: ms }] as const);
    const undelayed = `${ours} without delay`;
    const samples = await measureLanes(
      run,
      Object.fromEntries([
        ...over(NEAR_MS, NEAR),
        ...over(FAR_MS, FAR),
        [undelayed, { engine: ours, profile: WITHOUT_DELAY, from: NEAR, rttMs: 0 }],
      ]),
      (stage, engine, lane) => drainOverLink(stage, engine, lane, RECORDS[run.scale]),
    );
    const ofEach = (ms: number) =>
      Object.fromEntries(run.engines.map((engine) => [engine, samples[`${engine} at ${ms} ms`] ?? []]));
    const perSecond = (list: OverLink[] = []) => list.map((s) => s.perSecond);
    const ratio = (to: readonly number[], ms: number): Figure => ({
      unit: '×',
      samples: ratios(perSecond(ofEach(ms)[ours]), to),
    });
    const possible = (ms: number) =>
      perSecond(samples[undelayed]).map((rate, round) =>
        Math.min(rate, ofEach(ms)[ours]?.[round]?.inFlightPerSecond ?? Number.NaN),
      );
    const share = Object.values(samples)
      .flat()
      .map((s) => (s.perSecond * RECORD_BYTES) / LINK_BYTES_PER_SECOND);
    return {
      figures: Object.fromEntries([
        ...[NEAR_MS, FAR_MS].map((ms) => [ofWhatIsPossible(ms), ratio(possible(ms), ms)]),
        ...[NEAR_MS, FAR_MS].map((ms) => [
          `${OURS}, at ${ms} ms ÷ without delay`,
          ratio(perSecond(samples[undelayed]), ms),
        ]),
        ...[NEAR_MS, FAR_MS].flatMap((ms) =>
          figureOfEach(ofEach(ms), `records/s at ${ms} ms`, '/s', (s) => s.perSecond),
        ),
        ...[NEAR_MS, FAR_MS].flatMap((ms) =>
          figureOfEach(ofEach(ms), `bytes in flight at ${ms} ms`, 'MB', (s) => s.inFlightBytes / 1e6),
        ),
        [`${OURS}, records/s without delay`, { unit: '/s', samples: perSecond(samples[undelayed]) }],
        ...figureOfEach(ofEach(FAR_MS), `memory at ${FAR_MS} ms`, 'MB', (s) => s.memoryMb),
        ['every engine, bytes/s ÷ the bandwidth of the link', { unit: '×', samples: share }],
      ]),
      absent: peerIsAbsent(run),
    };
  },
};

async function drainOverLink(
  stage: ReplicationStage,
  engine: string,
  { rttMs }: LinkLane,
  records: number,
): Promise<OverLink> {
  if (rttMs === 0)
    return { ...(await drain(stage, engine, records)), inFlightBytes: Number.NaN, inFlightPerSecond: Number.NaN };
  const { result, crossed } = await watchingLink(stage, () => drain(stage, engine, records));
  const bytesPerRecord = ((crossed.at(-1)?.bytes ?? 0) - (crossed[0]?.bytes ?? 0)) / records;
  const inFlightBytes = mostWithin(rttMs, crossed);
  return { ...result, inFlightBytes, inFlightPerSecond: (inFlightBytes * 1_000) / (rttMs * bytesPerRecord) };
}
