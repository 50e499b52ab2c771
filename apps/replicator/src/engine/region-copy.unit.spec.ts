import type { KafkaOptions } from '@meridian/kafka';
import { createLogger } from '@meridian/service-kit/process';
import { eventually } from '@meridian/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Carriage, TargetWriter } from './carriage.ts';
import { RegionCopy } from './region-copy.ts';

const clusters = vi.hoisted(() => ({
  origin: { clusterId: vi.fn(), listTopics: vi.fn(), wakeGroups: vi.fn(), close: vi.fn() },
  target: { ensureTopics: vi.fn(), logEnd: vi.fn(), close: vi.fn() },
}));
vi.mock('@meridian/kafka', () => ({
  createKafka: ({ brokers }: KafkaOptions) => ({
    admin: () => (brokers[0]?.startsWith('origin') ? clusters.origin : clusters.target),
  }),
}));

const { origin, target } = clusters;
const never = () => new Promise<never>(() => undefined);
const consumer = { health: { connected: true, lag: () => ({}) }, close: vi.fn(async () => undefined) };
const carriage = {
  openWriter: async () => ({ connected: true, close: async () => undefined }),
  carry: vi.fn<Carriage<TargetWriter>['carry']>(),
};
let copy: RegionCopy<TargetWriter>;
const begin = () => {
  copy = new RegionCopy(
    carriage,
    {
      origin: { region: 'eu-west', brokers: ['origin:9092'] },
      target: { region: 'us-east', brokers: ['target:9092'] },
      ...{ regions: ['eu-west', 'us-east'], logger: createLogger('replicator', { level: 'silent' }) },
    },
    5,
  );
};
const soon = { withinMs: 3_000, everyMs: 2 };

beforeEach(() => {
  vi.clearAllMocks();
  origin.clusterId.mockResolvedValue('a cluster');
  origin.listTopics.mockResolvedValue([{ topic: 'orders.v1', partitions: 1 }]);
  target.ensureTopics.mockResolvedValue(undefined);
  target.logEnd.mockResolvedValue({ 0: '0' });
  carriage.carry.mockResolvedValue(consumer);
});
afterEach(() => copy.stop());

it('at the start the origin is asked where to begin while the target makes the topics', async () => {
  target.ensureTopics.mockImplementation(never);
  begin();
  await eventually(() => expect(carriage.carry).toHaveBeenCalledTimes(1), soon);
});

it('partitions that are added while the target does not make them stop none of those that are copied', async () => {
  begin();
  await eventually(() => expect(copy.status().topics).toEqual(['orders.v1']), soon);
  target.ensureTopics.mockClear().mockRejectedValue(new Error('the controller is away'));
  origin.listTopics.mockResolvedValue([{ topic: 'orders.v1', partitions: 2 }]);
  await eventually(() => expect(target.ensureTopics.mock.calls.length).toBeGreaterThan(2), soon);
  expect(consumer.close).not.toHaveBeenCalled();
  expect(copy.status()).toMatchObject({ originConnected: true, failing: 'the controller is away' });
  target.ensureTopics.mockResolvedValue(undefined);
  await eventually(() => expect(carriage.carry).toHaveBeenCalledTimes(2), soon);
  expect(consumer.close).toHaveBeenCalledTimes(1);
});

it('stops although what was read waits for a target that does not say what it has', async () => {
  target.logEnd.mockImplementation(never);
  carriage.carry.mockImplementation(async (_reading, take) => {
    take({ topic: 'orders.v1', partition: 0 }, async () => undefined).catch(() => undefined);
    return consumer;
  });
  begin();
  await eventually(() => expect(target.logEnd).toHaveBeenCalled(), soon);
  const startedMs = performance.now();
  await copy.stop();
  expect(performance.now() - startedMs).toBeLessThan(3_000);
});
