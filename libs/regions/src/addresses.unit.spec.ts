import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { addressesIn, composeAddresses, hostPort, localAddresses, parseTopology, wanLink } from './index.ts';

const topology = parseTopology(
  JSON.parse(readFileSync(new URL('../../../infra/topology.json', import.meta.url), 'utf8')),
);
const local = localAddresses(topology);
const compose = composeAddresses(topology);

it('the same links exist wherever the regions run: two per pair for Kafka, one per service for the edge', () => {
  expect(compose.links.map((l) => l.id)).toEqual(local.links.map((l) => l.id));
  expect(local.links).toHaveLength(15);
});

describe.each([
  ['on one machine', local],
  ['in containers', compose],
])('%s', (_where, addresses) => {
  it('no two parts listen on the same address', () => {
    const listening = [
      addresses.edge,
      addresses.traceQuery,
      addresses.otlp,
      addresses.wanControl,
      ...addresses.links.map((l) => l.listen),
      ...Object.values(addresses.regions).flatMap(({ postgres, kafka, services, replicator }) => [
        ...[postgres, kafka.local, kafka.controller, replicator, ...Object.values(services)],
        ...Object.values(kafka.wan).map((w) => w.listen),
      ]),
    ].map(hostPort);
    expect(listening.filter((address, i) => listening.indexOf(address) !== i)).toEqual([]);
  });

  it('a broker tells each other region the address of that region’s link', () => {
    for (const { from, to, listen, upstream } of addresses.links.filter((l) => l.target === 'kafka')) {
      expect(addresses.regions[to]?.kafka.wan[from]).toEqual({ listen: upstream, advertised: listen });
    }
  });
});

it('in containers a link listens under a name of the region where it begins', () => {
  expect(wanLink(compose, 'eu-west', 'us-east', 'kafka')).toMatchObject({
    listen: { host: 'wan.eu-west', port: 24_000 },
    upstream: { host: 'us-east-kafka', port: 9101 },
  });
});

it('a port offset shifts every port on one machine and means nothing to containers', () => {
  expect(localAddresses(topology, 100).edge.port).toBe(local.edge.port + 100);
  expect(addressesIn('compose', topology, 100)).toEqual(compose);
  expect(addressesIn('local', topology, 100)).toEqual(localAddresses(topology, 100));
});
