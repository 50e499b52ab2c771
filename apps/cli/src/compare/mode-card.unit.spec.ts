import { readFileSync } from 'node:fs';
import { firstRoutingTable, parseTopology } from '@meridian/regions';
import { expect, test } from 'vitest';
import { cardOf, type ModeObservation, type SentRequest } from './mode-card.ts';

const topology = parseTopology(
  JSON.parse(readFileSync(new URL('../../../../infra/topology.json', import.meta.url), 'utf8')),
);
const terms = { topology, profile: 'aws-2022', usdPerGb: 0.02 };
const regions = ['us-east', 'eu-west', 'ap-southeast'];
const passive = {
  ...firstRoutingTable(regions),
  mode: { kind: 'active-passive', primary: 'eu-west' } as const,
};
const LOST_AT_MS = 5_000;

const order = (sentAtMs: number, more: Partial<SentRequest> = {}): SentRequest => ({
  ...{ kind: 'order', service: 'order', near: 'eu-west', sentAtMs, endedAtMs: sentAtMs + 90, outcome: 'ok' },
  ...{ servedBy: 'eu-west', orderId: `o${sentAtMs}` },
  ...more,
});
/** Ten a second for 5 s before the loss, and for 15 s from `againAtMs` on. */
const served = (againAtMs: number) => [
  ...Array.from({ length: 50 }, (_, i) => order(i * 100)),
  ...Array.from({ length: 150 }, (_, i) => order(againAtMs + i * 100, { servedBy: 'us-east' })),
];
const seen = (more: Partial<ModeObservation> = {}): ModeObservation => ({
  ...{ kind: 'active-passive', table: passive, processes: [], requests: served(LOST_AT_MS), lost: 'eu-west' },
  ...{ steady: { fromMs: 0, toMs: LOST_AT_MS, wanBytes: 5_000_000 }, lostAtMs: LOST_AT_MS },
  ...{ takeover: undefined, missingOrderIds: [], loadAverage: 1 },
  ...more,
});

test('latency is that of writes before the loss, by where the client is', () => {
  const { writes } = cardOf(
    seen({ requests: [...served(LOST_AT_MS), order(100, { kind: 'read', endedAtMs: 9_000 })] }),
    terms,
  );
  const those = { p50Ms: 90, p99Ms: 90 };
  const nothing = { p50Ms: null, p99Ms: null };
  expect(writes['eu-west']).toEqual({ ...those, atEdge: those, count: 50 });
  expect(writes['us-east']).toEqual({ ...nothing, atEdge: nothing, count: 0 });
});

test('RTO is from the loss until all is answered again, not until the first answer', () => {
  const failing = Array.from({ length: 30 }, (_, i) => order(LOST_AT_MS + i * 100, { outcome: 'info' }));
  const requests = [...served(LOST_AT_MS + 3_000), ...failing, order(LOST_AT_MS + 50)];
  // One of a hundred may fail: the last of them is that one.
  expect(cardOf(seen({ requests }), terms).rtoMs).toBe(2_900);
});

test('RPO is what the lost region alone had: how many, and how far back the oldest was acknowledged', () => {
  const { rpo } = cardOf(seen({ missingOrderIds: ['o4800', 'o4900'] }), terms);
  expect(rpo).toEqual({ writes: 2, ms: LOST_AT_MS - 4_890, ofOrders: 50 });
});

test('what was acknowledged by another region is no loss of this one', () => {
  const { rpo } = cardOf(seen({ missingOrderIds: [`o${LOST_AT_MS + 1_000}`] }), terms);
  expect(rpo).toEqual({ writes: 0, ms: 0, ofOrders: 50 });
});

test('what it acknowledged after its death was asked for, and before it came, is lost like the rest', () => {
  const requests = [...served(LOST_AT_MS), order(4_950, { endedAtMs: LOST_AT_MS + 40 })];
  const { rpo } = cardOf(seen({ requests, missingOrderIds: ['o4900', 'o4950'] }), terms);
  expect(rpo).toEqual({ writes: 2, ms: LOST_AT_MS + 40 - 4_990, ofOrders: 51 });
});

test('idle is what runs in the regions that take no writes; the edge and the WAN are nobody’s', () => {
  const process = (name: string, region: string | null, state = 'running') => ({
    ...{ name, kind: 'order', region, state, restarts: 0, rssBytes: 10 },
  });
  const processes = [
    process('us-east/order', 'us-east'),
    process('us-east/kafka', 'us-east'),
    process('us-east/user', 'us-east', 'stopped'),
    process('eu-west/order', 'eu-west'),
    process('edge', null),
  ];
  const { idle, total } = cardOf(seen({ processes }), terms);
  expect(idle).toEqual({ processes: 2, bytes: 20 });
  expect(total).toEqual({ processes: 4, bytes: 40 });
});

test('bytes and dollars are per 1,000 orders acknowledged while the bytes were counted', () => {
  const card = cardOf(seen(), terms);
  expect(card).toMatchObject({ orders: 50, wanBytesPer1000Orders: 100_000_000 });
  expect(card.usdPer1000Orders).toBeCloseTo(0.002);
});

test('without an order there is no price of one', () => {
  const card = cardOf(seen({ requests: [] }), terms);
  expect(card).toMatchObject({ wanBytesPer1000Orders: null, usdPer1000Orders: null, rtoMs: null });
});

test('a client far from the region that served has its round trip to go as well, which the edge does not see', () => {
  const far = served(LOST_AT_MS).map((r) => ({ ...r, near: 'ap-southeast' }));
  const { writes } = cardOf(seen({ requests: far }), terms);
  expect(writes['ap-southeast']).toMatchObject({ p50Ms: Math.round(90 + 178.9), atEdge: { p50Ms: 90 } });
});

test('what fails before the loss is told apart from what the loss costs', () => {
  const failing = [
    order(100, { outcome: 'info' }),
    order(LOST_AT_MS, { outcome: 'fail' }),
    order(6_000, { outcome: 'info' }),
  ];
  expect(cardOf(seen({ requests: failing }), terms).failed).toEqual({ beforeLoss: 1, afterLoss: 2 });
});
