import { TOPICS } from '@meridian/contracts';
import { parseTopology } from '@meridian/regions';
import { expect, it } from 'vitest';
import { brokerSettings } from './broker-settings.ts';
import { regionTopics } from './region-topics.ts';

const region = (id: string) => ({
  id,
  name: id,
  location: { lat: 0, lon: 0 },
  timeZone: 'UTC',
  jurisdiction: 'XX',
});
const topology = parseTopology({
  regions: [region('a'), region('b'), region('c')],
  links: [
    { between: ['a', 'b'], rttMs: {}, egressUsdPerGb: [0, 0] },
    { between: ['a', 'c'], rttMs: {}, egressUsdPerGb: [0, 0] },
    { between: ['b', 'c'], rttMs: {}, egressUsdPerGb: [0, 0] },
  ],
  profiles: { none: { description: '', jitterMs: 0, bandwidthMbps: 0 } },
  defaultProfile: 'none',
});

it('a region has its own topics, copies of every other region and dead letters of all, as many partitions each', () => {
  const topics = regionTopics(topology, 'b');
  expect(topics).toHaveLength(3 * 3 * 2);
  expect(topics).toContainEqual(expect.objectContaining({ topic: 'orders.v1', partitions: 4 }));
  expect(topics).toContainEqual({ topic: 'c.orders.v1', partitions: 4 });
  expect(topics).toContainEqual({ topic: 'a.orders.v1.dlq', partitions: 1 });
  expect(topics.filter((t) => t.topic.startsWith('b.'))).toEqual([]);
});

it.each([
  ['none', 'producer'],
  ['gzip', 'gzip'],
  ['zstd', 'zstd'],
] as const)('compression %s is said of the topics that cross links, and of no other', (compression, type) => {
  const told = regionTopics(topology, 'b', compression).filter(({ config }) => config !== undefined);
  expect(told.map(({ topic }) => topic).sort()).toEqual(Object.values(TOPICS).sort());
  expect(new Set(told.map(({ config }) => JSON.stringify(config)))).toEqual(
    new Set([`{"compression.type":"${type}"}`]),
  );
});

it('a broker tells each remote region the address of its link, and nobody else', () => {
  const at = (port: number) => ({ host: '127.0.0.1', port });
  const settings = brokerSettings('/data', {
    local: at(1),
    controller: at(2),
    wan: { 'us-east': { listen: at(3), advertised: at(4) } },
  });
  expect(settings.listeners).toBe('CONTROLLER://127.0.0.1:2,LOCAL://127.0.0.1:1,WAN_US_EAST://127.0.0.1:3');
  expect(settings['advertised.listeners']).toBe('LOCAL://127.0.0.1:1,WAN_US_EAST://127.0.0.1:4');
  expect(settings['auto.create.topics.enable']).toBe('false');
});
