import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  addressesIn,
  composeAddresses,
  EDGE,
  hostPort,
  localAddresses,
  parseTopology,
  SERVICE_NAMES,
  wanLink,
} from './index.ts';

const topology = parseTopology(
  JSON.parse(readFileSync(new URL('../../../infra/topology.json', import.meta.url), 'utf8')),
);
const local = localAddresses(topology);
const compose = composeAddresses(topology);

it('the same links exist wherever the regions run: each region reaches the Kafka, the services and control of each other', () => {
  expect(compose.links.map((l) => l.id)).toEqual(local.links.map((l) => l.id));
  const byPurpose = (from: string) =>
    Object.groupBy(
      local.links.filter((l) => l.from === from),
      (l) => l.purpose,
    );
  expect(byPurpose('eu-west').replication?.map((l) => l.id)).toEqual([
    'eu-west->us-east/kafka',
    'eu-west->ap-southeast/kafka',
  ]);
  expect(byPurpose('eu-west').call).toHaveLength(2 * SERVICE_NAMES.length);
  expect(byPurpose(EDGE).call).toHaveLength(3 * SERVICE_NAMES.length);
  expect(byPurpose('eu-west').control).toHaveLength(2);
  expect(byPurpose(EDGE).control?.map((l) => l.id)).toEqual([
    'edge->us-east/control',
    'edge->eu-west/control',
    'edge->ap-southeast/control',
  ]);
  expect(local.links).toHaveLength(42);
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
      ...Object.values(addresses.regions).flatMap(({ postgres, kafka, services, replicator, control }) => [
        ...[postgres, kafka.local, kafka.controller, replicator, control, ...Object.values(services)],
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
