import { randomUUID } from 'node:crypto';
import type { RegionId } from '@meridian/regions';
import {
  atService,
  createProduct,
  directedPairs,
  expectConvergence,
  heal,
  regions,
  registerUser,
  wan,
} from '@meridian/test-harness';
import { eventually } from '@meridian/testing';
import type { Benchmark, BenchRun, Figure } from '../benchmark.ts';
import { openLoop } from '../open-loop.ts';
import { inTurn } from '../rounds.ts';
import { quantile, ratios, slope } from '../statistics.ts';
import { warmUp } from '../warm-up.ts';
import { withCpuOfRegions } from './cpu-of-regions.ts';

/** Of every link at once: none; Virginia to Ireland and to Singapore as measured; and worse than any cable. */
const RTTS_MS = [0, 85, 237, 600];
const ALONE = 'the region alone';
/**
 * Over a link without delay each event is fetched, applied and committed by itself; over a long one many come at once. So the
 * shorter the links, the more work an order is to the other regions, which share this machine: at 20/s all regions used 0.9 of
 * two cores at 0 ms and 0.53 at 237, and writes waited for a processor, up to five times as long at 0 ms as at 237. Where
 * regions have machines of their own there is nothing of that. So the rate is such that there are processors left.
 */
const PER_SECOND = 8;
const SECONDS = { quick: 2, full: 15 };
const CPU = 'CPU of all regions, of what the machine has';
const STRONG_READS = { quick: 5, full: 12 };
const WARM_UP = { windowMs: 2_000, atMost: 10 };
/** A catalog knows a product, and a region a person, that another one was told of. */
const KNOWN_WITHIN_MS = 10_000;
const CAUGHT_UP_WITHIN_MS = 60_000;

interface Sample {
  p50Ms: number;
  p99Ms: number;
  strongP50Ms: number;
  cpuShare: number;
}

export const writeIndependence: Benchmark = {
  name: 'local-write-independence',
  measures: `\`POST /orders\` at one region's order service, ${PER_SECOND}/s in an open loop, while every link between regions has a round trip of ${RTTS_MS.join(', ')} ms.`,
  peers: [
    `\`${ALONE}\`: the same region cut off from all others`,
    '`strong`: a read that the home region has to answer, which cannot but wait for the link',
  ],
  limit: {
    figure: 'strong read, p50 − round trip',
    atLeast: 0,
    why: 'what another region answers takes the way there and back; sooner means that the links did not have their delay',
  },
  goals: [
    { figure: 'slope of the p50 against the round trip', atMost: 0.05 },
    { figure: `p99 at 237 ms ÷ ${ALONE}`, atMost: 1.3 },
    { figure: `${CPU}, most of all`, atMost: 0.6, why: 'beyond that it is the scheduler that is measured' },
  ],
  was: 'Not measured.',
  on: 'regions',

  async run({ scale, rounds, say }: BenchRun) {
    const region = regions[1] as RegionId;
    const sku = await putOnSale(region);
    const person = await personOf(regions[0] as RegionId, region);
    const forMs = SECONDS[scale] * 1_000;
    const names = [...RTTS_MS.map((rttMs) => `${rttMs} ms`), ALONE];
    try {
      const warmed = await warmUp(
        async () => quantile(await placeFor(region, sku, WARM_UP.windowMs), 0.5),
        WARM_UP.atMost,
      );
      say(`warmed up; p50 of the windows: ${warmed.map((ms) => ms.toFixed(1)).join(', ')} ms`);
      const samples = await inTurn(names, rounds, async (name) => {
        await heal();
        // What a region that was alone has to catch up on is work that the next one would be measured with.
        await expectConvergence(CAUGHT_UP_WITHIN_MS);
        if (name === ALONE) await isolate(region);
        else await setRoundTrips(Number.parseInt(name, 10));
        const { result: latenciesMs, share } = await withCpuOfRegions(() => placeFor(region, sku, forMs));
        const strongP50Ms = name === ALONE ? Number.NaN : await strongReadMs(region, person, STRONG_READS[scale]);
        const [p50Ms, p99Ms] = [quantile(latenciesMs, 0.5), quantile(latenciesMs, 0.99)];
        const used = `${(share * 100).toFixed(0)} % of the machine used`;
        say(`${name}: p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, ${used}`);
        return { p50Ms, p99Ms, strongP50Ms, cpuShare: share };
      });
      return { figures: figuresOf(samples) };
    } finally {
      await heal();
      const { body } = await wan('/profile');
      await wan('/profile', { method: 'PUT', body: { name: body.name } });
    }
  },
};

async function putOnSale(region: RegionId): Promise<string> {
  const sku = `BENCH-${randomUUID().slice(0, 8).toUpperCase()}`;
  const { status } = await createProduct(region, sku, Object.fromEntries(regions.map((r) => [r, 1_000_000])));
  if (status !== 201) throw new Error(`Creating a product was answered ${status}.`);
  return sku;
}

/** Someone whose home is another region: whoever was registered there. Known in this one when it returns. */
async function personOf(home: RegionId, region: RegionId): Promise<string> {
  const { status, body } = await registerUser(home, 'Person of elsewhere');
  if (status !== 201) throw new Error(`Registering a person was answered ${status}.`);
  await eventually(
    async () => {
      const read = await strongRead(region, body.id);
      if (read.headers['x-meridian-region'] !== home)
        throw new Error(`A strong read was answered ${read.status} by ${read.headers['x-meridian-region']}`);
    },
    { withinMs: KNOWN_WITHIN_MS },
  );
  return body.id;
}

const strongRead = (region: RegionId, person: string) =>
  atService(region, 'user', `/users/${person}`, { headers: { 'x-meridian-consistency': 'strong' } });

async function strongReadMs(region: RegionId, person: string, reads: number): Promise<number> {
  const tookMs: number[] = [];
  for (let i = 0; i < reads; i += 1) {
    const sentMs = performance.now();
    const { status, headers } = await strongRead(region, person);
    if (status !== 200 || headers['x-meridian-region'] === region)
      throw new Error(`A strong read was answered ${status} by ${headers['x-meridian-region']}.`);
    tookMs.push(performance.now() - sentMs);
  }
  return quantile(tookMs, 0.5);
}

function placeFor(region: RegionId, sku: string, forMs: number): Promise<number[]> {
  return openLoop({
    ...{ perSecond: PER_SECOND, forMs },
    send: async () => {
      const { status, body } = await atService(region, 'order', '/orders', {
        method: 'POST',
        headers: { 'idempotency-key': randomUUID() },
        body: { customerId: randomUUID(), lines: [{ sku, quantity: 1 }] },
      });
      if (status !== 201) throw new Error(`An order was answered ${status}: ${JSON.stringify(body)}`);
    },
  });
}

async function setRoundTrips(rttMs: number): Promise<void> {
  for (const between of directedPairs.filter(([a, b]) => a < b)) {
    const { status } = await wan('/delay', { method: 'PUT', body: { between, delayMs: rttMs / 2 } });
    if (status !== 200) throw new Error(`Setting a delay was answered ${status}.`);
  }
}

async function isolate(region: RegionId): Promise<void> {
  const { status } = await wan('/faults', { method: 'POST', body: { kind: 'isolate', region } });
  if (status !== 201) throw new Error(`Cutting ${region} off was answered ${status}.`);
}

function figuresOf(samples: Record<string, Sample[]>): Record<string, Figure> {
  const of = (name: string, field: keyof Sample) => (samples[name] ?? []).map((sample) => sample[field]);
  const rounds = Object.values(samples)[0]?.length ?? 0;
  const slopes = Array.from({ length: rounds }, (_, round) =>
    slope(RTTS_MS.map((rttMs) => [rttMs, samples[`${rttMs} ms`]?.[round]?.p50Ms ?? Number.NaN] as const)),
  );
  const beyond = RTTS_MS.flatMap((rttMs) => of(`${rttMs} ms`, 'strongP50Ms').map((ms) => ms - rttMs));
  return Object.fromEntries([
    ['slope of the p50 against the round trip', { unit: '', samples: slopes }],
    [`p99 at 237 ms ÷ ${ALONE}`, { unit: '×', samples: ratios(of('237 ms', 'p99Ms'), of(ALONE, 'p99Ms')) }],
    ...Object.keys(samples).flatMap((name) => [
      [`p50, ${name}`, { unit: 'ms', samples: of(name, 'p50Ms') }],
      [`p99, ${name}`, { unit: 'ms', samples: of(name, 'p99Ms') }],
    ]),
    [`${CPU}, most of all`, { unit: '×', samples: mostByRound(Object.values(samples)) }],
    ...Object.keys(samples).map((name) => [`${CPU}, ${name}`, { unit: '×', samples: of(name, 'cpuShare') }]),
    ...RTTS_MS.map((rttMs) => [
      `strong read p50, ${rttMs} ms`,
      { unit: 'ms', samples: of(`${rttMs} ms`, 'strongP50Ms') },
    ]),
    ['strong read, p50 − round trip', { unit: 'ms', samples: beyond }],
  ]);
}

function mostByRound(contestants: Sample[][]): number[] {
  return (contestants[0] ?? []).map((_, round) => Math.max(...contestants.map((list) => list[round]?.cpuShare ?? NaN)));
}
