import { randomUUID } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import type { TopicCompression } from '@meridian/contracts';
import { seededRandom } from '@meridian/testing';
import type { Benchmark, BenchRun, Figure } from '../benchmark.ts';
import { ratios } from '../statistics.ts';
import { figureOfEach, type Lane, measureLanes, OURS, PEER, peerIsAbsent } from './compare-engines.ts';
import { NEAR, PROFILE } from './replication-stage.ts';
import { sendAndRead } from './send-and-read.ts';

const PER_SECOND = 200;
const SECONDS = { quick: 1, full: 20 };
/** What the outbox relay reads at once, and sends, as long as it is behind: 125 records to each of 4 partitions, a batch each. */
const BACKLOG = 500;
const PLAIN = '';
const COMPRESSED = ' compressed';
const BATCHES = ' in batches';
const COMPRESSED_BATCHES = ' compressed in batches';

interface Way {
  perSend: number;
  compression: TopicCompression;
}
/** By what stands behind an engine's name. */
const WAYS: Record<string, Way> = {
  [PLAIN]: { perSend: 1, compression: 'none' },
  [COMPRESSED]: { perSend: 1, compression: 'zstd' },
  [BATCHES]: { perSend: BACKLOG, compression: 'none' },
  [COMPRESSED_BATCHES]: { perSend: BACKLOG, compression: 'zstd' },
};

const ON_THE_LINK = 'bytes on the link ÷ payload';
const BROKER_CPU = "CPU of the origin's broker per million records";

export const wireCost: Benchmark = {
  name: 'wire-cost',
  measures: `Bytes on a link (${PROFILE}), both ways, per byte of key, value and headers that it carries: events of orders of 1 KiB at ${PER_SECOND}/s, with the fetches and acknowledgements that go with them. Sent one by one, and (\`in batches\`) ${BACKLOG} at once, which the outbox relay does while it is behind: a batch is then 125 records of one partition. \`compressed\`: the origin's topic has \`compression.type=zstd\`, so its broker compresses each batch once. The CPU is all that this broker uses meanwhile.`,
  peers: [
    `\`${OURS}\`: the first of \`--engines\``,
    `\`${PEER}\` and every other engine of \`--engines\``,
    'the same topic without compression',
    'zstd of all payloads at once, for the limit',
  ],
  limit: {
    figure: 'every engine, bytes on the link ÷ zstd of all payloads',
    atLeast: 1,
    why: 'no batch of records compresses better than all of them together; fewer bytes mean a way around the link',
  },
  goals: [
    { figure: `${OURS}, ${ON_THE_LINK}`, atMost: 1.35 },
    { figure: `${OURS} ÷ ${PEER}, ${ON_THE_LINK}`, atMost: 1 },
    ...[COMPRESSED, COMPRESSED_BATCHES].flatMap((way) => [
      { figure: `${OURS}${way}, ${ON_THE_LINK}`, atMost: 0.5 },
      { figure: `${OURS}${way} ÷ ${PEER}${way}, ${ON_THE_LINK}`, atMost: 1 },
    ]),
  ],
  was: 'Not measured.',
  on: 'alone',

  async run(run: BenchRun) {
    const lanes = Object.fromEntries(
      Object.entries(WAYS).flatMap(([how, way]) =>
        run.engines.map((engine): [string, Lane & Way] => [
          `${engine}${how}`,
          { engine, profile: PROFILE, from: NEAR, ...way },
        ]),
      ),
    );
    const samples = await measureLanes(run, lanes, async (stage, engine, { perSend, compression }) => {
      const random = seededRandom(1);
      const sent: string[] = [];
      const record = (n: number) => {
        const event = orderEvent(n, random);
        sent.push(event.key, event.value);
        return event;
      };
      const load = { perSecond: PER_SECOND, forMs: SECONDS[run.scale] * 1_000, perSend, compression, record };
      const { payloadBytes, wireBytes, records, originCpuMs } = await sendAndRead(stage, engine, load);
      // What was sent to warm up is in neither of the others.
      const entropyBytes = zstdCompressSync(sent.slice(-2 * records).join('\n')).length;
      return {
        perPayload: wireBytes / payloadBytes,
        perEntropy: wireBytes / entropyBytes,
        // Milliseconds a record are a thousand seconds a million.
        cpuSPerMillion: (originCpuMs * 1_000) / records,
      };
    });
    const all = Object.values(samples).flat();
    const ofEach = (how: string) =>
      Object.fromEntries(run.engines.map((engine) => [engine, samples[`${engine}${how}`] ?? []]));
    const cpuOfOurs = (how: string) => (samples[`${run.engines[0]}${how}`] ?? []).map((s) => s.cpuSPerMillion);
    const cpuBeside = (how: string, than: string): [string, Figure] => [
      `${OURS}${how} ÷ ${OURS}${than}, CPU of the origin's broker`,
      { unit: '×', samples: ratios(cpuOfOurs(how), cpuOfOurs(than)) },
    ];
    return {
      figures: Object.fromEntries([
        ...Object.keys(WAYS).flatMap((how) => figureOfEach(ofEach(how), ON_THE_LINK, '×', (s) => s.perPayload, how)),
        ...Object.keys(WAYS).flatMap((how) => figureOfEach(ofEach(how), BROKER_CPU, 's', (s) => s.cpuSPerMillion, how)),
        cpuBeside(COMPRESSED, PLAIN),
        cpuBeside(COMPRESSED_BATCHES, BATCHES),
        [
          'every engine, bytes on the link ÷ zstd of all payloads',
          { unit: '×', samples: all.map((s) => s.perEntropy) },
        ],
      ]),
      absent: peerIsAbsent(run),
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
