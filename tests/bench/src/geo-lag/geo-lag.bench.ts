import { availableParallelism } from 'node:os';
import { type RegionId, rttMs } from '@meridian/regions';
import {
  atService,
  directedPairs,
  expectConvergence,
  type MeasuredLag,
  measuredLags,
  regions,
  registerUser,
  topology,
} from '@meridian/test-harness';
import { eventually } from '@meridian/testing';
import type { Benchmark, BenchRun, Figure } from '../benchmark.ts';
import { openLoop } from '../open-loop.ts';

/** Of each region, as the goal has it. */
const ASKED_PER_SECOND = 200;
/**
 * A rename costs 14 ms of CPU, all regions and traces together (`heal-convergence` measures it). Beyond 60 % of the
 * processors it is their queue that is measured, and not the lag.
 */
const CPU_MS = 14;
const SHARE = 0.6;
const ROOM_FOR = Math.floor((availableParallelism() * 1_000 * SHARE) / CPU_MS / regions.length);
const PER_SECOND = { quick: 10, full: Math.min(ASKED_PER_SECOND, ROOM_FOR) };
/** A region keeps the last 2,000 events of each origin: of a full run, what came before counts for little or nothing. */
const SECONDS = { quick: 5, full: 60 };
/** That they are registered counts as well, and of a quick run it would be half of what counts. */
const PERSONS = { quick: 5, full: 40 };
const KNOWN_WITHIN_MS = 20_000;
const CONVERGED_WITHIN_MS = 90_000;

interface Sample {
  /** The slowest pair of regions, less half its round trip. */
  p50Ms: number;
  p99Ms: number;
  /** The quickest event of all pairs, less half its round trip. */
  leastMs: number;
  /** What the clients saw meanwhile. */
  acknowledgedPerSecond: number;
}

export const geoLag: Benchmark = {
  name: 'geo-lag',
  measures: `Renames of persons in all three regions at once, in an open loop, ${ASKED_PER_SECOND}/s in each or as many as keep the processors below 60 %: from the commit at the origin until it is applied in another region, less half a round trip, of the slowest pair. Services, PostgreSQL, outbox, Kafka, links, replicator and inbox take part, and every trace is recorded.`,
  peers: ['half a round trip of each link', 'the engines alone: `replicator-lag`'],
  limit: {
    figure: 'least of all pairs − RTT/2',
    atLeast: 0,
    why: 'a change needs half a round trip; sooner means a way around the links or a wrong clock',
  },
  goals: [
    { figure: 'renames sent in each region', atLeast: ASKED_PER_SECOND, why: 'at this rate the others are to be met' },
    { figure: 'slowest pair, p50 − RTT/2', atMost: 30 },
    { figure: 'slowest pair, p99 − RTT/2', atMost: 150 },
  ],
  was: 'Not measured at this rate.',
  on: 'regions',

  async run({ scale, rounds, say }: BenchRun) {
    const persons = await register(PERSONS[scale]);
    const samples: Sample[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const sample = await measure(persons, PER_SECOND[scale], SECONDS[scale] * 1_000);
      say(`beyond RTT/2: p50 ${sample.p50Ms.toFixed(1)} ms, p99 ${sample.p99Ms.toFixed(1)} ms`);
      samples.push(sample);
    }
    const of = (unit: string, field: keyof Sample): Figure => ({ unit, samples: samples.map((s) => s[field]) });
    return {
      figures: {
        'slowest pair, p50 − RTT/2': of('ms', 'p50Ms'),
        'slowest pair, p99 − RTT/2': of('ms', 'p99Ms'),
        'least of all pairs − RTT/2': of('ms', 'leastMs'),
        'renames sent in each region': { unit: '/s', samples: samples.map(() => PER_SECOND[scale]) },
        'renames acknowledged, all regions': of('/s', 'acknowledgedPerSecond'),
      },
    };
  },
};

/** Some of each region's own, so that no rename waits for another region's. */
async function register(count: number): Promise<Record<RegionId, string[]>> {
  const each = regions.map(async (region) => [region, await registerIn(region, count)] as const);
  return Object.fromEntries(await Promise.all(each));
}

async function registerIn(region: RegionId, count: number): Promise<string[]> {
  const mine: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const { status, body } = await registerUser(region, `Person ${i}`);
    if (status !== 201) throw new Error(`Registering a person was answered ${status}.`);
    mine.push(body.id);
  }
  for (const id of mine)
    await eventually(
      async () => {
        const { status } = await atService(region, 'user', `/users/${id}`);
        if (status !== 200) throw new Error(`The person is answered ${status}`);
      },
      { withinMs: KNOWN_WITHIN_MS },
    );
  return mine;
}

async function measure(persons: Record<RegionId, string[]>, perSecond: number, forMs: number): Promise<Sample> {
  let acknowledged = 0;
  const beganMs = performance.now();
  await Promise.all(
    regions.map((region) =>
      openLoop({
        ...{ perSecond, forMs },
        send: async (i) => {
          const mine = persons[region] as string[];
          const id = mine[i % mine.length];
          const { status } = await atService(region, 'user', `/users/${id}`, {
            ...{ method: 'PATCH', body: { name: `Name ${i}` } },
          });
          if (status === 200) acknowledged += 1;
        },
      }),
    ),
  );
  const tookS = (performance.now() - beganMs) / 1_000;
  // What has not arrived has no lag yet, and it is the slowest.
  await expectConvergence(CONVERGED_WITHIN_MS);
  const lags = (await measuredLags()).filter(({ service }) => service === 'user').map(beyondHalfTrip);
  // The slowest of some pairs would pass for that of all.
  if (lags.length < directedPairs.length)
    throw new Error(`Only ${lags.length} of ${directedPairs.length} pairs of regions tell a lag.`);
  return {
    p50Ms: Math.max(...lags.map(({ p50Ms }) => p50Ms)),
    p99Ms: Math.max(...lags.map(({ p99Ms }) => p99Ms)),
    leastMs: Math.min(...lags.map(({ minMs }) => minMs)),
    acknowledgedPerSecond: acknowledged / tookS,
  };
}

function beyondHalfTrip({ origin, destination, minMs, p50Ms, p99Ms }: MeasuredLag) {
  const halfMs = rttMs(topology, topology.defaultProfile, origin, destination) / 2;
  return { minMs: minMs - halfMs, p50Ms: p50Ms - halfMs, p99Ms: p99Ms - halfMs };
}
