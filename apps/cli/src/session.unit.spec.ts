import { readFileSync } from 'node:fs';
import { parseTopology, urlOf } from '@meridian/regions';
import { expect, test } from 'vitest';
import { readCliConfig } from './cli.config.ts';
import { addressesAt, knownPair, knownRegion, notRunning } from './session.ts';

const topology = parseTopology(
  JSON.parse(readFileSync(new URL('../../../infra/topology.json', import.meta.url), 'utf8')),
);

test('an unknown region is answered with the known ones, and exit code 2', () => {
  expect(() => knownRegion(topology, 'mars')).toThrow(
    expect.objectContaining({
      message: 'There is no region "mars"; the regions are us-east, eu-west, ap-southeast.',
      exitCode: 2,
    }),
  );
});

test('a region has no link to itself', () => {
  expect(() => knownPair(topology, 'us-east', 'us-east')).toThrow('"us-east" is named twice');
});

test.each(['50', '-100', '1000', 'x'])('refuses %s as a port offset', (offset) => {
  expect(() => addressesAt(topology, offset)).toThrow(expect.objectContaining({ exitCode: 2 }));
});

test('a port offset shifts every address', () => {
  expect(addressesAt(topology, '100').addresses.edge.port).toBe(
    addressesAt(topology, undefined).addresses.edge.port + 100,
  );
});

test('as a container it reaches the edge, and regions by the links of the edge alone', () => {
  const { addresses } = addressesAt(
    topology,
    '100',
    readCliConfig(false, { MERIDIAN_DEPLOYMENT: 'compose' }).deployment,
  );
  expect(urlOf(addresses.edge)).toBe('http://edge:8080');
  const hosts = Object.values(addresses.regions).flatMap((r) => Object.values(r.services).map((s) => s.host));
  expect(hosts).toEqual(Array(9).fill('wan.edge'));
});

test('says how to start the instance that is meant', () => {
  expect(notRunning(0).message).toBe('Meridian is not running; start it with npm start.');
  expect(notRunning(100).message).toBe(
    'Meridian is not running at port offset 100; start it with npm start -- --port-offset 100.',
  );
});

test('colours only in a terminal, and never against NO_COLOR', () => {
  expect(readCliConfig(true, {}).color).toBe(true);
  expect(readCliConfig(false, {}).color).toBe(false);
  expect(readCliConfig(true, { NO_COLOR: '1' }).color).toBe(false);
  expect(readCliConfig(false, { FORCE_COLOR: '1' }).color).toBe(true);
});

test('without a terminal lines are 100 columns wide, or what COLUMNS says', () => {
  expect(readCliConfig(false, {}).columns).toBe(100);
  expect(readCliConfig(false, { COLUMNS: '80' }).columns).toBe(80);
});
