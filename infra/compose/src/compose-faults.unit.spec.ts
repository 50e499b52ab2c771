import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseTopology } from '@meridian/regions';
import { expect, it } from 'vitest';
import { composeFaults } from './compose-faults.ts';
import { parseComposeFile } from './parse-compose-file.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const text = readFileSync(path.join(root, 'docker-compose.yml'), 'utf8');
const topologyJson = JSON.parse(readFileSync(path.join(root, 'infra/topology.json'), 'utf8'));
const faultsOf = (yaml: string, topology = topologyJson) =>
  composeFaults(parseComposeFile(yaml), parseTopology(topology));

it('docker-compose.yml says what follows from the topology', () => expect(faultsOf(text)).toEqual([]));

it('a region more in the topology is missed in docker-compose.yml', () => {
  const between = (id: string) => ({ between: [id, 'sa-east'], rttMs: {}, egressUsdPerGb: [0, 0] });
  const fourth = { ...topologyJson.regions[0], id: 'sa-east' };
  const links = topologyJson.regions.map(({ id }: { id: string }) => between(id));
  const faults = faultsOf(text, {
    ...topologyJson,
    regions: [...topologyJson.regions, fourth],
    links: [...topologyJson.links, ...links],
  });
  expect(faults.join('\n')).toContain('sa-east-kafka');
});

/** Each is one slip of the pen, with a word that the sentence about it must have. */
it.each([
  [
    'a link that is another region’s',
    '://wan.eu-west:24000',
    '://wan.us-east:24000',
    'us-east-kafka: KAFKA_ADVERTISED_LISTENERS',
  ],
  ['a listener that is missing', ',WAN_EU_WEST://:9101', '', 'us-east-kafka: KAFKA_LISTENERS'],
  [
    'a broker setting that differs',
    'KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: 1000',
    'KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: 6000',
    'KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS',
  ],
  [
    'a region on the network of another',
    'networks: [eu-west]\n    volumes: ["eu-west-kafka',
    'networks: [eu-west, us-east]\n    volumes: ["eu-west-kafka',
    'eu-west-kafka: its networks',
  ],
  ['an edge that is inside a region', 'networks: [edge]', 'networks: [edge, us-east]', 'edge: its networks'],
  [
    'a command line that is inside a region',
    'restart: "no"\n    networks: [edge]',
    'restart: "no"\n    networks: [edge, eu-west]',
    'meridian: its networks',
  ],
  ['a port open to every network', '"127.0.0.1:22003:8080"', '"22003:8080"', 'eu-west-order: what it publishes'],
  ['a port where nobody looks', '"127.0.0.1:22003:8080"', '"127.0.0.1:22033:8080"', 'eu-west-order: what it publishes'],
  [
    'the database of another service',
    '@us-east-postgres:5432/user',
    '@us-east-postgres:5432/order',
    'us-east-user: DATABASE_URL',
  ],
  [
    'the catalog of another region',
    'http://us-east-catalog:8080',
    'http://eu-west-catalog:8080',
    'us-east-order: CATALOG_URL',
  ],
  [
    'a region that takes itself for another',
    'OTEL_SERVICE_NAME: replicator\n      MERIDIAN_REGION: us-east',
    'OTEL_SERVICE_NAME: replicator\n      MERIDIAN_REGION: eu-west',
    'us-east-replicator: MERIDIAN_REGION',
  ],
  ['a writable root', 'read_only: true', 'read_only: false', 'read_only'],
  ['a capability', 'cap_drop: [ALL]', 'cap_drop: [NET_RAW]', 'cap_drop'],
])('catches %s', (_slip, right, wrong, told) => {
  expect(text).toContain(right);
  expect(faultsOf(text.replace(right, wrong)).join('\n')).toContain(told);
});
