import { randomUUID } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import { seededRandom } from '@meridian/testing';
import type { Benchmark, BenchRun } from '../benchmark.ts';
import { compareEngines, figureOfEach, OURS, PEER } from './compare-engines.ts';
import { NEAR, PROFILE } from './replication-stage.ts';
import { sendAndRead } from './send-and-read.ts';

const PER_SECOND = 200;
const SECONDS = { quick: 3, full: 20 };

export const wireCost: Benchmark = {
  name: 'wire-cost',
  measures: `Bytes on a link (${PROFILE}), both ways, per byte of key, value and headers that it carries: events of orders of 1 KiB at ${PER_SECOND}/s, sent one by one, with the fetches and acknowledgements that go with them.`,
  peers: [
    `\`${OURS}\`: the first of \`--engines\``,
    `\`${PEER}\` and every other engine of \`--engines\``,
    'zstd of all payloads at once, for the limit',
  ],
  limit: {
    figure: 'every engine, bytes on the link ÷ zstd of all payloads',
    atLeast: 1,
    why: 'no batch of records compresses better than all of them together; fewer bytes mean a way around the link',
  },
  goals: [
    { figure: `${OURS}, bytes on the link ÷ payload`, atMost: 1.35 },
    { figure: `${OURS} ÷ ${PEER}, bytes on the link ÷ payload`, atMost: 1 },
    { figure: `${OURS} compressed, bytes on the link ÷ payload`, atMost: 0.5, why: 'no engine compresses yet' },
  ],
  was: 'Not measured.',
  on: 'alone',
  slow: true,

  async run(run: BenchRun) {
    const { samples, absent } = await compareEngines(run, { profile: PROFILE, from: NEAR }, async (stage, engine) => {
      const random = seededRandom(1);
      const sent: string[] = [];
      const record = (n: number) => {
        const event = orderEvent(n, random);
        sent.push(event.key, event.value);
        return event;
      };
      const load = { perSecond: PER_SECOND, forMs: SECONDS[run.scale] * 1_000, record };
      const { payloadBytes, wireBytes } = await sendAndRead(stage, engine, load);
      // What was sent to warm up is in neither of the others.
      const counted = sent.slice(-2 * Math.round((PER_SECOND * load.forMs) / 1_000)).join('\n');
      const entropyBytes = zstdCompressSync(counted).length;
      return { perPayload: wireBytes / payloadBytes, perEntropy: wireBytes / entropyBytes };
    });
    const all = Object.values(samples).flat();
    return {
      figures: Object.fromEntries([
        ...figureOfEach(samples, 'bytes on the link ÷ payload', '×', (s) => s.perPayload),
        [
          'every engine, bytes on the link ÷ zstd of all payloads',
          { unit: '×', samples: all.map((s) => s.perEntropy) },
        ],
      ]),
      absent,
    };
  },
};

/** As the order service tells of a placing: JSON, six lines, ids and hashes that nothing compresses. */
function orderEvent(n: number, random: () => number): { key: string; value: string } {
  const id = randomUUID();
  const lines = Array.from({ length: 6 }, () => ({
    sku: `SKU-${Math.floor(random() * 10_000)}`,
    quantity: 1 + Math.floor(random() * 5),
    unitPrice: { amountMinor: Math.floor(random() * 20_000), currency: 'EUR' },
  }));
  const placed = {
    ...{ hlc: `1764400000000.${n}.eu-west`, at: new Date(1_764_400_000_000 + n).toISOString(), region: 'eu-west' },
    ...{ customerId: randomUUID(), lines, total: { amountMinor: n, currency: 'EUR' } },
    requestHash: `${randomUUID()}${randomUUID()}`.replaceAll('-', ''),
  };
  return { key: id, value: JSON.stringify({ id, facts: { placed } }) };
}
