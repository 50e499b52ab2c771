import { expect, test } from 'vitest';
import { createPaint } from '../terminal/terminal.ts';
import { renderStatus } from './render-status.ts';

const process = (name: string, region: string | null, state = 'running') => ({
  name,
  kind: 'service',
  region,
  pid: state === 'running' ? 4242 : null,
  state,
  restarts: 0,
  rssBytes: state === 'running' ? 64 * 2 ** 20 : null,
  port: 21003,
});
const link = {
  id: 'eu-west->us-east/kafka',
  from: 'eu-west',
  to: 'us-east',
  purpose: 'replication',
  delayMs: 42.45,
  jitterMs: 0.5,
  bandwidthMbps: 1000,
  fault: 'black-hole',
  blocked: { there: true, back: true },
  bytesIn: 0,
  bytesOut: 0,
  connections: 0,
};
const status = {
  runner: {
    profile: 'aws-2022',
    processes: [
      process('wan', null),
      process('eu-west/order', 'eu-west', 'killed'),
      process('us-east/order', 'us-east'),
    ],
  },
  edge: [
    { region: 'us-east', state: 'active', healthy: true, why: null, probeMs: 1.2, services: [] },
    {
      region: 'eu-west',
      state: 'active',
      healthy: false,
      why: 'order: connection refused',
      probeMs: null,
      services: [],
    },
  ],
  links: [link],
  controls: { 'us-east': null, 'eu-west': null },
  sources: [],
};
const options = { regions: ['us-east', 'eu-west'], width: 80, paint: createPaint(false) };

test('stands in the order of the topology, with what is in no region at the end', () => {
  const text = renderStatus(status, options);
  const positions = ['us-east/order', 'eu-west/order', 'wan '].map((name) => text.indexOf(name));
  expect(positions).toEqual([...positions].sort((a, b) => a - b));
});

test('says the memory in all, the state of each process and which link has a fault', () => {
  const text = renderStatus(status, options);
  expect(text).toContain('3 processes, 128 MB resident in all; WAN profile aws-2022');
  expect(text).toMatch(/eu-west\/order\s+killed/);
  expect(text).toMatch(/eu-west->us-east\/kafka\s+black-hole/);
});

test('an edge, a WAN or a control plane that does not answer is said, not passed over', () => {
  const text = renderStatus({ ...status, edge: undefined, links: undefined }, options);
  expect(text).toContain('No control answers.');
  expect(text).toContain('The edge does not answer.');
  expect(text).toContain('The WAN does not answer.');
});

test('says which region the edge leaves out, and why', () => {
  expect(renderStatus(status, options)).toMatch(/eu-west\s+out\s+–\s+0\s+0\s+order: connection refused/);
});

test('a link that is cut in one direction says in which', () => {
  const oneWay = { ...link, blocked: { there: false, back: true } };
  expect(renderStatus({ ...status, links: [oneWay] }, options)).toContain('only us-east → eu-west');
});

test.each([80, 120])('fits %i columns', (width) => {
  for (const line of renderStatus(status, { ...options, width }).split('\n'))
    expect(line.length).toBeLessThanOrEqual(width);
});

test('an event that later ones have overtaken is said, and that none is', () => {
  expect(renderStatus(status, options)).toContain('No event is missing anywhere.');
  const report = {
    ...{
      reader: 'eu-west/order',
      source: '/us-east/order',
      published: 9,
      appliedUpTo: 4,
      appliedLast: 6,
      behind: 1,
      missing: 1,
    },
    ...{ openDeadLetters: 0, renumbered: false },
    gaps: [{ firstSequence: 5, lastSequence: 5, openSince: '2026-11-25T12:00:00.000Z', deadLetters: 0 }],
  };
  expect(renderStatus({ ...status, sources: [report] }, options)).toMatch(
    /eu-west\/order +\/us-east\/order +4 +1 +0 +5/,
  );
});
